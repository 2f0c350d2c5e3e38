// Winograd's minimal filtering F(4x4, 3x3) for convolutions of stride 1, in vector instructions that Swift cannot name.
//
//     forward:  y  = At [ (G w Gt) * (Bt x B) ] A        x: a patch of 6x6, w: 3x3, y: a tile of 4x4 results
//     weights:  dw = Gt [ (A dy At) * (Bt x B) ] G
//
// Where an image's side is no multiple of four, its last tiles have one to three results on that side. They leave out points, and so
// elements: what is left of the transformed weights serves them as it is.
//
// * multiplies element by element; over all channels, or all tiles, the 36 elements become 36 products of matrices.
// Source: A. Lavin, S. Gray: Fast Algorithms for Convolutional Neural Networks, 2015, https://arxiv.org/abs/1509.09308.
//
// Images are blocked by channels: [batch][channels / lanes][height][width][lanes], padded with zeros to whole blocks.
// Transformed data lie as 36 planes of rows: element, tile or channel, channel.
#ifndef NNLUA_WINOGRAD_KERNELS_H
#define NNLUA_WINOGRAD_KERNELS_H

#include <stdbool.h>

enum {
  winograd_tile = 4,       // results on a side of a tile, at most
  winograd_side = 6,       // elements on a side of a transformed patch
  winograd_elements = 36,  // of a transformed patch
  winograd_most_blocks = 4 // channel blocks that one product covers
};

// Whether an element of a side is needed for so many results on it.
static inline bool winograd_needs(long results, long element) {
  switch (results) {
  case 1: return element == 1 || element == 2 || element == 5;
  case 2: return element <= 2 || element == 5;
  case 3: return element >= 1;
  default: return true;
  }
}

// How tiles lie in the images of a convolution.
typedef struct {
  long height, width;              // of the image
  long offset_down, offset_across; // where the first tile's patch begins: minus the padding
} winograd_grid;

// Tiles of one size, in a rectangle. They are counted row by row.
typedef struct {
  long down, across;  // tiles above and to the left of the first one
  long columns;       // tiles in a row of the rectangle
  long height, width; // results on the sides of each: 1 to 4
} winograd_tiles;

// Rows of transformed data: element e of row r begins at e * plane + r * row.
typedef struct {
  float *start;
  long plane, row;
} winograd_rows;

// What happens to a result before it is stored: result * scale[channel] + shift[channel] + addend, no less than 0 with relu.
// Null pointers leave a step out. The addend lies like the result, and may be it.
typedef struct {
  const float *scale, *shift, *addend;
  bool relu;
} winograd_epilogue;

typedef struct {
  // Channels in a block.
  long lanes;
  // Blocks that one product covers at best: their sums for a few rows fill the registers.
  long blocks;

  // Transforms patches of one block of channels of one image, whose first row of pixels is `image`: tiles `first` to `last`
  // (exclusive) go to the rows from 0 on. Elements that such tiles do not need are left as they are.
  void (*transform_source)(
    const winograd_grid *grid, const winograd_tiles *tiles, const float *image, long first, long last, winograd_rows rows);

  // Transforms the gradients of tiles; the grid's image is that of the gradients.
  void (*transform_gradient)(
    const winograd_grid *grid, const winograd_tiles *tiles, const float *image, long first, long last, winograd_rows rows);

  // Sums up and stores tiles of one block of channels; the grid's image is that of the results.
  void (*transform_result)(
    const winograd_grid *grid, const winograd_tiles *tiles, winograd_rows rows, long first, long last,
    winograd_epilogue epilogue, float *image);

  // Transforms 3x3 weights, nine floats each: for `depth` channels one after another at a distance of `step` floats, those of
  // `width` lanes at a distance of `lane` floats, to rows of `blocks` blocks; `flipped` turns each round by 180 degrees.
  void (*transform_weights)(
    const float *weights, long step, long lane, long depth, long width, long blocks, bool flipped, winograd_rows rows);

  // Turns transformed gradients of weights back: the opposite of transform_weights, for channels of the depth that lie one after
  // another.
  void (*transform_weights_gradient)(
    winograd_rows rows, long lane, long depth, long width, long blocks, float *weights);

  // c[r][j] (+)= sum over p < depth of a[r * a_row + p * a_step] * b[p * b_row + j], j < blocks * lanes.
  void (*multiply)(
    const float *a, long a_row, long a_step, const float *b, long b_row, float *c, long c_row, long rows, long depth,
    long blocks, bool adds);
} winograd_kernels;

// The kernels for blocks of 16 channels with AVX-512, or of 8 with AVX2 and FMA; null where the processor is not known to have
// those instructions, and for other numbers.
const winograd_kernels *winograd_kernels_for(long lanes);

#endif

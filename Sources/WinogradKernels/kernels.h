// The kernels for one width of vectors. Included once for each, with WINOGRAD_LANES, _REGISTERS, _BLOCKS and _TABLE defined.
#include "WinogradKernels.h"
#include <string.h>

// Loops over arrays of vectors are unrolled whole, so that these stay in registers.
#define EACH(i, count) _Pragma("clang loop unroll(full)") for (int i = 0; i < (count); i++)
#define INLINE static inline __attribute__((always_inline))

enum { lanes = WINOGRAD_LANES, side = 6, tile = winograd_tile, taps = 9 };

typedef float vector __attribute__((vector_size(WINOGRAD_LANES * sizeof(float)), aligned(4)));
typedef int mask __attribute__((vector_size(WINOGRAD_LANES * sizeof(int)), aligned(4)));

INLINE vector load(const float *p) { return *(const vector *)p; }
INLINE void store(float *p, vector v) { *(vector *)p = v; }
INLINE vector fill(float x) { return x - (vector){0}; }
// Keeps what is not a number.
INLINE vector rectified(vector x) { return (vector)((mask)x & ~(x < fill(0))); }

// The filter is built on the points 0, p, -p, q, -q and infinity. These lose less than half as much to rounding as 1 and 2 do.
#define P 0.625f
#define Q 1.5f
#define PP (P * P)
#define QQ (Q * Q)

#define WEIGHT_0 (1 / (PP * QQ))
#define WEIGHT_P (1 / (2 * PP * (PP - QQ)))
#define WEIGHT_Q (1 / (2 * QQ * (QQ - PP)))

// Bt x, for six elements at a distance of `step`. The factors that belong to the points stand here rather than in G, which needs
// fewer operations without them.
INLINE void source_line(const vector *x, long step, vector *y) {
  const vector x0 = x[0], x1 = x[step], x2 = x[2 * step], x3 = x[3 * step], x4 = x[4 * step], x5 = x[5 * step];
  const vector even_p = WEIGHT_P * x4 - (WEIGHT_P * QQ) * x2, odd_p = (WEIGHT_P * P) * x3 - (WEIGHT_P * P * QQ) * x1;
  const vector even_q = WEIGHT_Q * x4 - (WEIGHT_Q * PP) * x2, odd_q = (WEIGHT_Q * Q) * x3 - (WEIGHT_Q * Q * PP) * x1;
  y[0] = x0 + (WEIGHT_0 * x4 - ((PP + QQ) / (PP * QQ)) * x2);
  y[1] = even_p + odd_p;
  y[2] = even_p - odd_p;
  y[3] = even_q + odd_q;
  y[4] = even_q - odd_q;
  y[5] = x5 + ((PP * QQ) * x1 - (PP + QQ) * x3);
}

// At m.
INLINE void result_line(const vector *m, long step, vector *y) {
  const vector sum_p = m[step] + m[2 * step], difference_p = m[step] - m[2 * step];
  const vector sum_q = m[3 * step] + m[4 * step], difference_q = m[3 * step] - m[4 * step];
  y[0] = m[0] + sum_p + sum_q;
  y[1] = P * difference_p + Q * difference_q;
  y[2] = PP * sum_p + QQ * sum_q;
  y[3] = (PP * P) * difference_p + (QQ * Q) * difference_q + m[5 * step];
}

// A y: the transpose of result_line.
INLINE void gradient_line(const vector *y, long step, vector *m) {
  const vector y0 = y[0], y1 = y[step], y2 = y[2 * step], y3 = y[3 * step];
  const vector even_p = y0 + PP * y2, odd_p = P * y1 + (PP * P) * y3;
  const vector even_q = y0 + QQ * y2, odd_q = Q * y1 + (QQ * Q) * y3;
  m[0] = y0;
  m[1] = even_p + odd_p;
  m[2] = even_p - odd_p;
  m[3] = even_q + odd_q;
  m[4] = even_q - odd_q;
  m[5] = y3;
}

// G w.
INLINE void weights_line(const vector *w, long step, vector *u) {
  const vector w0 = w[0], w1 = w[step], w2 = w[2 * step];
  const vector even_p = w0 + PP * w2, odd_p = P * w1, even_q = w0 + QQ * w2, odd_q = Q * w1;
  u[0] = w0;
  u[1] = even_p + odd_p;
  u[2] = even_p - odd_p;
  u[3] = even_q + odd_q;
  u[4] = even_q - odd_q;
  u[5] = w2;
}

// Gt u: the transpose of weights_line.
INLINE void weights_gradient_line(const vector *u, long step, vector *w) {
  const vector sum_p = u[step] + u[2 * step], difference_p = u[step] - u[2 * step];
  const vector sum_q = u[3 * step] + u[4 * step], difference_q = u[3 * step] - u[4 * step];
  w[0] = u[0] + sum_p + sum_q;
  w[1] = P * difference_p + Q * difference_q;
  w[2] = PP * sum_p + QQ * sum_q + u[5 * step];
}

// Copies the part of a square of `size` x `size` pixels at (down, across) that lies inside of the image; zeros elsewhere.
INLINE void copy_inside(
  const winograd_grid *grid, const float *image, long down, long across, const int size, vector *square
) {
  for (long y = 0; y < size; y++) {
    const bool is_row = down + y >= 0 && down + y < grid->height;
    for (long x = 0; x < size; x++) {
      const bool is_inside = is_row && across + x >= 0 && across + x < grid->width;
      square[y * size + x] =
        is_inside ? load(image + ((down + y) * grid->width + across + x) * lanes) : (vector){0};
    }
  }
}

// Transforms squares of `size` x `size` pixels to 6x6 elements.
INLINE void transform_squares(
  const winograd_grid *grid, const float *image, long first, long last, winograd_rows rows, const int size,
  void (*const line)(const vector *, long, vector *)
) {
  long down = first / grid->tiles_across, across = first % grid->tiles_across;
  for (long t = first; t < last; t++) {
    const long y0 = down * tile + grid->offset_down, x0 = across * tile + grid->offset_across;
    vector square[side * side], half[side * side], whole[side];
    if (y0 >= 0 && x0 >= 0 && y0 + size <= grid->height && x0 + size <= grid->width) {
      const float *pixel = image + (y0 * grid->width + x0) * lanes;
      EACH(y, size)
        EACH(x, size) square[y * size + x] = load(pixel + (y * grid->width + x) * lanes);
    } else {
      copy_inside(grid, image, y0, x0, size, square);
    }
    EACH(x, size) {
      vector column[side];
      line(square + x, size, column);
      EACH(y, side) half[y * side + x] = column[y];
    }
    float *row = rows.start + (t - first) * rows.row;
    EACH(y, side) {
      line(half + y * side, 1, whole);
      EACH(x, side) store(row + (y * side + x) * rows.plane, whole[x]);
    }
    if (++across == grid->tiles_across) across = 0, down++;
  }
}

static void transform_source(
  const winograd_grid *grid, const float *image, long first, long last, winograd_rows rows
) {
  transform_squares(grid, image, first, last, rows, side, source_line);
}

static void transform_gradient(
  const winograd_grid *grid, const float *image, long first, long last, winograd_rows rows
) {
  transform_squares(grid, image, first, last, rows, tile, gradient_line);
}

static void transform_result(
  const winograd_grid *grid, winograd_rows rows, long first, long last, winograd_epilogue epilogue, float *image
) {
  const vector scale = epilogue.scale ? load(epilogue.scale) : fill(1);
  const vector shift = epilogue.shift ? load(epilogue.shift) : fill(0);
  long down = first / grid->tiles_across, across = first % grid->tiles_across;
  for (long t = first; t < last; t++) {
    const long y0 = down * tile, x0 = across * tile;
    const long height = grid->height - y0 < tile ? grid->height - y0 : tile;
    const long width = grid->width - x0 < tile ? grid->width - x0 : tile;
    const float *row = rows.start + (t - first) * rows.row;
    vector half[tile * side];
    EACH(x, side) {
      vector column[side], sums[tile];
      EACH(y, side) column[y] = load(row + (y * side + x) * rows.plane);
      result_line(column, 1, sums);
      EACH(y, tile) half[y * side + x] = sums[y];
    }
    EACH(y, tile) {
      vector sums[tile];
      result_line(half + y * side, 1, sums);
      if (y >= height) break;
      const long at = ((y0 + y) * grid->width + x0) * lanes;
      EACH(x, tile) {
        if (x >= width) break;
        vector value = sums[x] * scale + shift;
        if (epilogue.addend) value += load(epilogue.addend + at + x * lanes);
        if (epilogue.relu) value = rectified(value);
        store(image + at + x * lanes, value);
      }
    }
    if (++across == grid->tiles_across) across = 0, down++;
  }
}

// Shuffles within the lanes of 128 bits, which are cheaper than those across them.
#if WINOGRAD_LANES == 16
#define WITHIN(a, b, i, j, k, l) \
  __builtin_shufflevector(a, b, i, j, k, l, i + 4, j + 4, k + 4, l + 4, i + 8, j + 8, k + 8, l + 8, i + 12, j + 12, k + 12, l + 12)
#define SECOND 16
#else
#define WITHIN(a, b, i, j, k, l) __builtin_shufflevector(a, b, i, j, k, l, i + 4, j + 4, k + 4, l + 4)
#define SECOND 8
#endif

// Turns rows to columns: 4x4 floats within the 128-bit lanes first, then the lanes themselves.
INLINE void transpose(vector *rows) {
  vector next[lanes];
  EACH(g, lanes / 4) {
    vector *r = rows + 4 * g;
    const vector a = WITHIN(r[0], r[1], 0, SECOND, 1, SECOND + 1), b = WITHIN(r[0], r[1], 2, SECOND + 2, 3, SECOND + 3);
    const vector c = WITHIN(r[2], r[3], 0, SECOND, 1, SECOND + 1), d = WITHIN(r[2], r[3], 2, SECOND + 2, 3, SECOND + 3);
    next[g] = WITHIN(a, c, 0, 1, SECOND, SECOND + 1);
    next[lanes / 4 + g] = WITHIN(a, c, 2, 3, SECOND + 2, SECOND + 3);
    next[lanes / 2 + g] = WITHIN(b, d, 0, 1, SECOND, SECOND + 1);
    next[3 * lanes / 4 + g] = WITHIN(b, d, 2, 3, SECOND + 2, SECOND + 3);
  }
#if WINOGRAD_LANES == 16
  EACH(k, 4) {
    const vector *n = next + 4 * k;
    const vector a = __builtin_shufflevector(n[0], n[1], 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
    const vector b = __builtin_shufflevector(n[0], n[1], 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
    const vector c = __builtin_shufflevector(n[2], n[3], 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
    const vector d = __builtin_shufflevector(n[2], n[3], 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
    rows[k] = __builtin_shufflevector(a, c, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
    rows[4 + k] = __builtin_shufflevector(a, c, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
    rows[8 + k] = __builtin_shufflevector(b, d, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
    rows[12 + k] = __builtin_shufflevector(b, d, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
  }
#else
  EACH(k, 4) {
    rows[k] = __builtin_shufflevector(next[2 * k], next[2 * k + 1], 0, 1, 2, 3, 8, 9, 10, 11);
    rows[4 + k] = __builtin_shufflevector(next[2 * k], next[2 * k + 1], 4, 5, 6, 7, 12, 13, 14, 15);
  }
#endif
}

// Reads `count` floats of each of `used` rows at a distance of `lane`, the first of them at `rows`, as columns.
INLINE void read_columns(const float *rows, long lane, long used, long count, float *columns) {
  vector square[lanes];
  if (count >= lanes && used == lanes) {
    EACH(l, lanes) square[l] = load(rows + l * lane);
  } else if (count == taps && used == lanes) {
    EACH(l, lanes) {
      square[l] = fill(0);
      memcpy(&square[l], rows + l * lane, (taps < lanes ? taps : lanes) * sizeof(float));
    }
  } else {
    for (long l = 0; l < lanes; l++) {
      square[l] = fill(0);
      if (l < used) memcpy(&square[l], rows + l * lane, (count < lanes ? count : lanes) * sizeof(float));
    }
  }
  transpose(square);
  EACH(k, lanes) store(columns + k * lanes, square[k]);
}

// Transforms one block of channels of one row.
INLINE void transform_taps(const float *columns, bool flipped, float *row, long plane) {
  vector w[taps], half[side * 3], u[side];
  EACH(k, taps) w[k] = load(columns + (flipped ? taps - 1 - k : k) * lanes);
  EACH(x, 3) {
    weights_line(w + x, 3, u);
    EACH(y, side) half[y * 3 + x] = u[y];
  }
  EACH(y, side) {
    weights_line(half + y * 3, 1, u);
    EACH(x, side) store(row + x * plane, u[x]);
    row += side * plane;
    // Else the compiler keeps all 36 addresses in memory.
    __asm__("" : "+r"(row));
  }
}

// As many channels of the depth as make whole squares of floats to transpose.
enum { stretch = lanes, rows_ahead = 8 };

static void transform_weights(
  const float *weights, long step, long lane, long depth, long width, long blocks, bool flipped, winograd_rows rows
) {
  float columns[stretch * taps * lanes] __attribute__((aligned(64)));
  for (long block = 0; block < blocks; block++) {
    const long left = width - block * lanes, used = left < 0 ? 0 : left < lanes ? left : lanes;
    const float *first = weights + block * lanes * lane;
    float *row = rows.start + block * lanes;
    for (long p = 0; p < depth; p += stretch) {
      const long count = depth - p < stretch ? depth - p : stretch;
      if (step == taps) {
        for (long k = 0; k < count * taps; k += lanes)
          read_columns(first + p * taps + k, lane, used, count * taps - k, columns + k * lanes);
      }
      for (long q = 0; q < count; q++) {
        float *own = columns + (step == taps ? q * taps * lanes : 0);
        if (step != taps) {
          for (long k = 0; k < taps; k += lanes)
            read_columns(first + (p + q) * step + k, lane, used, taps - k, own + k * lanes);
        }
        // What is read next lies far away, so the processor does not foresee it.
        const float *later = first + (step == taps ? (p + stretch) * taps + q * lane : (p + q + rows_ahead) * step);
        for (long k = 0; k < stretch * taps; k += lanes) __builtin_prefetch(later + k, 0, 2);
        transform_taps(own, flipped, row + (p + q) * rows.row, rows.plane);
      }
    }
  }
}

static void transform_weights_gradient(
  winograd_rows rows, long step, long lane, long depth, long width, long blocks, float *weights
) {
  for (long p = 0; p < depth; p++) {
    for (long block = 0; block < blocks; block++) {
      const float *row = rows.start + p * rows.row + block * lanes;
      vector half[3 * side], w[taps];
      EACH(x, side) {
        vector column[side], sums[3];
        EACH(y, side) column[y] = load(row + (y * side + x) * rows.plane);
        weights_gradient_line(column, 1, sums);
        EACH(y, 3) half[y * side + x] = sums[y];
      }
      EACH(y, 3) weights_gradient_line(half + y * side, 1, w + 3 * y);
      const long used = width - block * lanes < lanes ? width - block * lanes : lanes;
      for (long l = 0; l < used; l++) {
        float *nine = weights + p * step + (block * lanes + l) * lane;
        EACH(k, taps) nine[k] = ((float *)&w[k])[l];
      }
    }
  }
}

// Rows whose sums fit into the registers beside a row of the right matrix and an element of the left one.
#define MOST_ROWS(blocks) ((WINOGRAD_REGISTERS - (blocks) - 1) / (blocks))
enum { most_rows = 8 };

// The product of a few rows, whose sums all stay in registers.
INLINE void multiply_rows(
  const float *a, long a_row, long a_step, const float *b, long b_row, float *c, long c_row, long depth, bool adds,
  const int rows, const int blocks
) {
  vector sums[most_rows][winograd_most_blocks];
  EACH(r, rows)
    EACH(j, blocks) sums[r][j] = adds ? load(c + r * c_row + j * lanes) : (vector){0};
  for (long p = 0; p < depth; p++) {
    vector right[winograd_most_blocks];
    EACH(j, blocks) right[j] = load(b + j * lanes);
    EACH(r, rows) {
      const vector left = fill(a[r * a_row]);
      EACH(j, blocks) sums[r][j] += left * right[j];
    }
    a += a_step;
    b += b_row;
  }
  EACH(r, rows)
    EACH(j, blocks) store(c + r * c_row + j * lanes, sums[r][j]);
}

INLINE void multiply_blocks(
  const float *a, long a_row, long a_step, const float *b, long b_row, float *c, long c_row, long rows, long depth,
  bool adds, const int blocks
) {
  const long most = MOST_ROWS(blocks) < most_rows ? MOST_ROWS(blocks) : most_rows;
  // As even groups as can be: few rows at the end would wait for each sum.
  long groups = (rows + most - 1) / most;
  while (rows > 0) {
    const long count = (rows + groups - 1) / groups;
    switch (count) {
#define CASE(n)                                                                                     \
  case n:                                                                                           \
    if (n <= MOST_ROWS(blocks)) multiply_rows(a, a_row, a_step, b, b_row, c, c_row, depth, adds, n, blocks); \
    break;
      CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) CASE(7) CASE(8)
#undef CASE
    }
    a += count * a_row;
    c += count * c_row;
    rows -= count;
    groups--;
  }
}

static void multiply(
  const float *a, long a_row, long a_step, const float *b, long b_row, float *c, long c_row, long rows, long depth,
  long blocks, bool adds
) {
  switch (blocks) {
  case 1: multiply_blocks(a, a_row, a_step, b, b_row, c, c_row, rows, depth, adds, 1); break;
  case 2: multiply_blocks(a, a_row, a_step, b, b_row, c, c_row, rows, depth, adds, 2); break;
  case 3: multiply_blocks(a, a_row, a_step, b, b_row, c, c_row, rows, depth, adds, 3); break;
  case 4: multiply_blocks(a, a_row, a_step, b, b_row, c, c_row, rows, depth, adds, 4); break;
  }
}

const winograd_kernels WINOGRAD_TABLE = {
  lanes, WINOGRAD_BLOCKS, transform_source, transform_gradient, transform_result, transform_weights, transform_weights_gradient, multiply,
};

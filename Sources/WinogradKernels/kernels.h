// The kernels for one width of vectors. Included once for each, with WINOGRAD_LANES, _REGISTERS, _BLOCKS and _TABLE defined.
#include "WinogradKernels.h"
#include <immintrin.h>

// Loops over arrays of vectors are unrolled whole, so that these stay in registers.
#define EACH(i, count) _Pragma("clang loop unroll(full)") for (int i = 0; i < (count); i++)
#define INLINE static inline __attribute__((always_inline))

enum { lanes = WINOGRAD_LANES, side = 6, tile = winograd_tile, taps = 9 };

typedef float vector __attribute__((vector_size(WINOGRAD_LANES * sizeof(float))));
typedef float unaligned_vector __attribute__((vector_size(WINOGRAD_LANES * sizeof(float)), aligned(4)));
typedef int mask __attribute__((vector_size(WINOGRAD_LANES * sizeof(int))));

INLINE vector load(const float *p) { return *(const unaligned_vector *)p; }
INLINE void store(float *p, vector v) { *(unaligned_vector *)p = v; }
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

// Bt x, for as many results as `results` says, which take two more of x, at a distance of `step`. The factors that belong to the
// points stand here rather than in G, which needs fewer operations without them, and other ones for each set of points.
INLINE void source_line(const vector *x, long step, vector *y, const int results) {
  const vector x0 = x[0], x1 = x[step], x2 = x[2 * step];
  if (results == 1) {
    y[1] = 0.5f * x0 + (0.5f / P) * x1;
    y[2] = 0.5f * x0 - (0.5f / P) * x1;
    y[5] = x2 - PP * x0;
    return;
  }
  const vector x3 = x[3 * step];
  if (results == 2) {
    const vector even = (0.5f / PP) * x2, odd = (0.5f / P) * x1;
    y[0] = x0 - (1 / PP) * x2;
    y[1] = even + odd;
    y[2] = even - odd;
    y[5] = x3 - PP * x1;
    return;
  }
  const vector x4 = x[4 * step];
  if (results == 3) {
    const float weight = 1 / (2 * (PP - QQ));
    const vector even_p = weight * x2 - (weight * QQ) * x0, odd_p = (weight / P) * x3 - (weight / P * QQ) * x1;
    const vector even_q = (weight * PP) * x0 - weight * x2, odd_q = (weight / Q * PP) * x1 - (weight / Q) * x3;
    y[1] = even_p + odd_p;
    y[2] = even_p - odd_p;
    y[3] = even_q + odd_q;
    y[4] = even_q - odd_q;
    y[5] = x4 + ((PP * QQ) * x0 - (PP + QQ) * x2);
    return;
  }
  const vector x5 = x[5 * step];
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
INLINE void result_line(const vector *m, long step, vector *y, const int results) {
  const vector sum_p = m[step] + m[2 * step], difference_p = m[step] - m[2 * step], last = m[5 * step];
  if (results == 1) {
    y[0] = sum_p + last;
    return;
  }
  if (results == 2) {
    y[0] = m[0] + sum_p;
    y[1] = P * difference_p + last;
    return;
  }
  const vector sum_q = m[3 * step] + m[4 * step], difference_q = m[3 * step] - m[4 * step];
  y[0] = winograd_needs(results, 0) ? m[0] + sum_p + sum_q : sum_p + sum_q;
  y[1] = P * difference_p + Q * difference_q;
  y[2] = PP * sum_p + QQ * sum_q;
  if (results == 3) {
    y[2] += last;
    return;
  }
  y[3] = (PP * P) * difference_p + (QQ * Q) * difference_q + last;
}

// A y: the transpose of result_line.
INLINE void gradient_line(const vector *y, long step, vector *m, const int results) {
  const vector y0 = y[0];
  vector even_p = y0, even_q = y0, odd_p = fill(0), odd_q = fill(0);
  if (results > 1) odd_p = P * y[step], odd_q = Q * y[step];
  if (results > 2) even_p += PP * y[2 * step], even_q += QQ * y[2 * step];
  if (results > 3) odd_p += (PP * P) * y[3 * step], odd_q += (QQ * Q) * y[3 * step];
  m[0] = y0;
  m[1] = even_p + odd_p;
  m[2] = even_p - odd_p;
  m[3] = even_q + odd_q;
  m[4] = even_q - odd_q;
  m[5] = y[(results - 1) * step];
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

// Copies the part of a rectangle of `rows` x `columns` pixels at (down, across) that lies inside of the image; zeros elsewhere.
// Without branches, which no processor would foresee at borders.
INLINE void copy_inside(
  const winograd_grid *grid, const float *image, long down, long across, const int rows, const int columns, vector *copy
) {
  static const float zeros[lanes];
  EACH(y, rows) {
    const bool is_row = (unsigned long)(down + y) < (unsigned long)grid->height;
    const float *line = is_row ? image + (down + y) * grid->width * lanes : zeros;
    const long step = is_row ? lanes : 0;
    EACH(x, columns) {
      const bool is_inside = (unsigned long)(across + x) < (unsigned long)grid->width;
      copy[y * columns + x] = load(is_inside ? line + (across + x) * step : zeros);
    }
  }
}

// Transforms patches, or tiles of gradients, which are smaller by `border`, for tiles of height x width results.
INLINE void transform_pixels(
  const winograd_grid *grid, const winograd_tiles *tiles, const float *image, long first, long last, winograd_rows rows,
  const int height, const int width, const int border, void (*const line)(const vector *, long, vector *, const int)
) {
  enum { most = side * side };
  const int above = height + border, beside = width + border;
  long down = tiles->down + first / tiles->columns, column = first % tiles->columns;
  for (long t = first; t < last; t++) {
    const long y0 = down * tile + grid->offset_down, x0 = (tiles->across + column) * tile + grid->offset_across;
    const float *pixel = image + (y0 * grid->width + x0) * lanes;
    long step = grid->width * lanes;
    vector inside[most], half[most], whole[side];
    if (y0 < 0 || x0 < 0 || y0 + above > grid->height || x0 + beside > grid->width) {
      copy_inside(grid, image, y0, x0, above, beside, inside);
      pixel = (const float *)inside;
      step = beside * lanes;
    }
    EACH(x, beside) {
      vector column[side], elements[side];
      EACH(y, above) column[y] = load(pixel + y * step + x * lanes);
      line(column, 1, elements, height);
      EACH(y, side)
        if (winograd_needs(height, y)) half[y * beside + x] = elements[y];
    }
    float *row = rows.start + (t - first) * rows.row;
    EACH(y, side) {
      if (!winograd_needs(height, y)) continue;
      line(half + y * beside, 1, whole, width);
      EACH(x, side)
        if (winograd_needs(width, x)) store(row + (y * side + x) * rows.plane, whole[x]);
    }
    if (++column == tiles->columns) column = 0, down++;
  }
}

INLINE void transform_sums(
  const winograd_grid *grid, const winograd_tiles *tiles, winograd_rows rows, long first, long last,
  winograd_epilogue epilogue, float *image, const int height, const int width
) {
  const vector scale = epilogue.scale ? load(epilogue.scale) : fill(1);
  const vector shift = epilogue.shift ? load(epilogue.shift) : fill(0);
  long down = tiles->down + first / tiles->columns, column = first % tiles->columns;
  for (long t = first; t < last; t++) {
    const float *row = rows.start + (t - first) * rows.row;
    vector half[tile * side];
    EACH(x, side) {
      if (!winograd_needs(width, x)) continue;
      vector elements[side], sums[tile];
      EACH(y, side)
        if (winograd_needs(height, y)) elements[y] = load(row + (y * side + x) * rows.plane);
      result_line(elements, 1, sums, height);
      EACH(y, height) half[y * side + x] = sums[y];
    }
    EACH(y, height) {
      vector sums[tile];
      result_line(half + y * side, 1, sums, width);
      const long at = ((down * tile + y) * grid->width + (tiles->across + column) * tile) * lanes;
      EACH(x, width) {
        vector value = sums[x] * scale + shift;
        if (epilogue.addend) value += load(epilogue.addend + at + x * lanes);
        if (epilogue.relu) value = rectified(value);
        store(image + at + x * lanes, value);
      }
    }
    if (++column == tiles->columns) column = 0, down++;
  }
}

// Compiles `CASE(height, width)` for each size of tiles, and chooses.
#define FOR_SIZE_OF(tiles)                                                                  \
  switch ((tiles)->height * 8 + (tiles)->width) {                                           \
    CASE(1, 1) CASE(1, 2) CASE(1, 3) CASE(1, 4) CASE(2, 1) CASE(2, 2) CASE(2, 3) CASE(2, 4) \
    CASE(3, 1) CASE(3, 2) CASE(3, 3) CASE(3, 4) CASE(4, 1) CASE(4, 2) CASE(4, 3) CASE(4, 4) \
  }

static void transform_source(
  const winograd_grid *grid, const winograd_tiles *tiles, const float *image, long first, long last, winograd_rows rows
) {
#define CASE(h, w) \
  case h * 8 + w: transform_pixels(grid, tiles, image, first, last, rows, h, w, 2, source_line); break;
  FOR_SIZE_OF(tiles)
#undef CASE
}

static void transform_gradient(
  const winograd_grid *grid, const winograd_tiles *tiles, const float *image, long first, long last, winograd_rows rows
) {
#define CASE(h, w) \
  case h * 8 + w: transform_pixels(grid, tiles, image, first, last, rows, h, w, 0, gradient_line); break;
  FOR_SIZE_OF(tiles)
#undef CASE
}

static void transform_result(
  const winograd_grid *grid, const winograd_tiles *tiles, winograd_rows rows, long first, long last,
  winograd_epilogue epilogue, float *image
) {
#define CASE(h, w) \
  case h * 8 + w: transform_sums(grid, tiles, rows, first, last, epilogue, image, h, w); break;
  FOR_SIZE_OF(tiles)
#undef CASE
}

// Shuffles within the lanes of 128 bits, which are cheaper than those across them, and the masks of the first few floats.
#if WINOGRAD_LANES == 16
#define WITHIN(a, b, i, j, k, l) \
  __builtin_shufflevector(a, b, i, j, k, l, i + 4, j + 4, k + 4, l + 4, i + 8, j + 8, k + 8, l + 8, i + 12, j + 12, k + 12, l + 12)
#define SECOND 16
#define FIRST(count) ((count) < lanes ? (1u << (count)) - 1 : 0xFFFF)
#else
#define WITHIN(a, b, i, j, k, l) __builtin_shufflevector(a, b, i, j, k, l, i + 4, j + 4, k + 4, l + 4)
#define SECOND 8
#define FIRST(count) ((__m256i)((mask){0, 1, 2, 3, 4, 5, 6, 7} < (int)((count) < lanes ? (count) : lanes)))
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

// The first `count` floats, zeros behind them.
INLINE vector load_first(const float *p, long count) {
#if WINOGRAD_LANES == 16
  return (vector)_mm512_maskz_loadu_ps(FIRST(count), p);
#else
  return (vector)_mm256_maskload_ps(p, FIRST(count));
#endif
}

INLINE void store_first(float *p, vector v, long count) {
#if WINOGRAD_LANES == 16
  _mm512_mask_storeu_ps(p, FIRST(count), (__m512)v);
#else
  _mm256_maskstore_ps(p, FIRST(count), (__m256)v);
#endif
}

// Reads `count` floats of each of `used` rows at a distance of `lane`, the first of them at `rows`, as columns.
INLINE void read_columns(const float *rows, long lane, long used, long count, float *columns) {
  vector square[lanes];
  if (count >= lanes && used == lanes) {
    EACH(l, lanes) square[l] = load(rows + l * lane);
  } else {
    EACH(l, lanes) square[l] = load_first(rows + l * lane, l < used ? count : 0);
  }
  transpose(square);
  EACH(k, lanes) store(columns + k * lanes, square[k]);
}

// The opposite of read_columns.
INLINE void write_columns(const float *columns, float *rows, long lane, long used, long count) {
  vector square[lanes];
  EACH(k, lanes) square[k] = load(columns + k * lanes);
  transpose(square);
  if (count >= lanes && used == lanes) {
    EACH(l, lanes) store(rows + l * lane, square[l]);
  } else {
    EACH(l, lanes)
      if (l < used) store_first(rows + l * lane, square[l], count);
  }
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
  winograd_rows rows, long lane, long depth, long width, long blocks, float *weights
) {
  float columns[stretch * taps * lanes] __attribute__((aligned(64)));
  for (long block = 0; block < blocks; block++) {
    const long left = width - block * lanes, used = left < lanes ? left : lanes;
    for (long p = 0; p < depth; p += stretch) {
      const long count = depth - p < stretch ? depth - p : stretch;
      for (long q = 0; q < count; q++) {
        const float *row = rows.start + (p + q) * rows.row + block * lanes;
        vector half[3 * side], w[taps];
        EACH(x, side) {
          vector column[side], sums[3];
          EACH(y, side) column[y] = load(row + (y * side + x) * rows.plane);
          weights_gradient_line(column, 1, sums);
          EACH(y, 3) half[y * side + x] = sums[y];
        }
        EACH(y, 3) weights_gradient_line(half + y * side, 1, w + 3 * y);
        EACH(k, taps) store(columns + (q * taps + k) * lanes, w[k]);
      }
      for (long k = 0; k < count * taps; k += lanes)
        write_columns(columns + k * lanes, weights + block * lanes * lane + p * taps + k, lane, used, count * taps - k);
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
  // An instruction takes four cycles, and another can begin in each: where there are fewer sums, each is added up in parts.
  enum { most_parts = 4 };
  const int parts = (most_parts + rows * blocks - 1) / (rows * blocks);
  vector sums[most_parts][most_rows][winograd_most_blocks];
  EACH(k, parts)
    EACH(r, rows)
      EACH(j, blocks) sums[k][r][j] = adds && k == 0 ? load(c + r * c_row + j * lanes) : (vector){0};
  long p = 0;
#define STEP(k)                                                \
  {                                                            \
    vector right[winograd_most_blocks];                        \
    EACH(j, blocks) right[j] = load(b + j * lanes);            \
    EACH(r, rows) {                                            \
      const vector left = fill(a[r * a_row]);                  \
      EACH(j, blocks) sums[k][r][j] += left * right[j];        \
    }                                                          \
    a += a_step;                                               \
    b += b_row;                                                \
  }
  for (; p + parts <= depth; p += parts) EACH(k, parts) STEP(k)
  for (; p < depth; p++) STEP(0)
#undef STEP
  EACH(r, rows) {
    EACH(j, blocks) {
      vector sum = sums[0][r][j];
      EACH(k, parts - 1) sum += sums[k + 1][r][j];
      store(c + r * c_row + j * lanes, sum);
    }
  }
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

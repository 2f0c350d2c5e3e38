// Simple arithmetic over rows of numbers, which the compiler vectorizes: once for each generation of processors, of which the
// loader picks the newest that this one understands.
#include <stdint.h>

#include "CVectorMath.h"

// Products and sums round one after the other everywhere, so that results do not depend on the processor.
#pragma STDC FP_CONTRACT OFF

#if defined(__x86_64__) && defined(__GLIBC__)
#define VM_EACH_PROCESSOR __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define VM_EACH_PROCESSOR
#endif

// A loop over `i`. Rows are the same or do not overlap.
#define VM_LOOP(count) _Pragma("clang loop vectorize(assume_safety)") for (size_t i = 0; i < (count); i++)

#define VM_MAP_UNARY(type, suffix, name, result)                                                           \
  VM_EACH_PROCESSOR void vm_##name##_##suffix(const type *x, type *out, size_t count) {                    \
    VM_LOOP(count) {                                                                                       \
      type a = x[i];                                                                                       \
      out[i] = result;                                                                                     \
    }                                                                                                      \
  }

#define VM_MAP_BINARY(type, suffix, name, result)                                                          \
  VM_EACH_PROCESSOR void vm_##name##_##suffix(const type *x, const type *y, type *out, size_t count) {     \
    VM_LOOP(count) {                                                                                       \
      type a = x[i], b = y[i];                                                                             \
      out[i] = result;                                                                                     \
    }                                                                                                      \
  }

#define VM_MAP_TERNARY(type, suffix, name, result, ...)                                                    \
  VM_EACH_PROCESSOR void vm_##name##_##suffix(                                                             \
      const type *x, const type *y, const type *z, type *out, size_t count __VA_OPT__(, ) __VA_ARGS__) {   \
    VM_LOOP(count) {                                                                                       \
      type a = x[i], b = y[i], c = z[i];                                                                   \
      out[i] = result;                                                                                     \
    }                                                                                                      \
  }

#define VM_ARITHMETIC(type, suffix, f)                                                                     \
  VM_MAP_UNARY(type, suffix, neg, -a)                                                                      \
  VM_MAP_UNARY(type, suffix, abs, __builtin_fabs##f(a))                                                    \
  VM_MAP_UNARY(type, suffix, relu, a < 0 ? 0 : a)                                                          \
  VM_MAP_UNARY(type, suffix, sqrt, __builtin_elementwise_sqrt(a))                                          \
  VM_MAP_UNARY(type, suffix, rsqrt, 1 / __builtin_elementwise_sqrt(a))                                     \
  VM_MAP_UNARY(type, suffix, reciprocal, 1 / a)                                                            \
  VM_MAP_UNARY(type, suffix, floor, __builtin_floor##f(a))                                                 \
  VM_MAP_UNARY(type, suffix, ceil, __builtin_ceil##f(a))                                                   \
  VM_MAP_UNARY(type, suffix, trunc, __builtin_trunc##f(a))                                                 \
  VM_MAP_UNARY(type, suffix, round, __builtin_rint##f(a))                                                  \
  VM_MAP_BINARY(type, suffix, add, a + b)                                                                  \
  VM_MAP_BINARY(type, suffix, sub, a - b)                                                                  \
  VM_MAP_BINARY(type, suffix, mul, a * b)                                                                  \
  VM_MAP_BINARY(type, suffix, div, a / b)                                                                  \
  VM_MAP_BINARY(type, suffix, maximum, a < b || b != b ? b : a)                                            \
  VM_MAP_BINARY(type, suffix, minimum, a > b || b != b ? b : a)                                            \
  VM_MAP_BINARY(type, suffix, relu_gradient, b > 0 ? a : 0)                                                \
  VM_MAP_TERNARY(type, suffix, add_product, a + factor * (b * c), type factor)                             \
  VM_MAP_TERNARY(type, suffix, add_quotient, a + factor * (b / c), type factor)                            \
  VM_MAP_TERNARY(type, suffix, lerp, __builtin_fabs##f(c) < (type)0.5 ? a + c * (b - a) : b - (b - a) * (1 - c))

VM_ARITHMETIC(float, float, f)
VM_ARITHMETIC(double, double, )

// All elements (at least one) combined, in as many partial results as fill some registers.
#define VM_FOLD(type, suffix, name, result)                                                                \
  VM_EACH_PROCESSOR type vm_##name##_##suffix(const type *x, size_t count) {                               \
    enum { lanes = 256 / sizeof(type) };                                                                   \
    size_t i = lanes < count ? lanes : count, used = i;                                                    \
    type partial[lanes];                                                                                   \
    for (size_t lane = 0; lane < used; lane++) partial[lane] = x[lane];                                    \
    for (; i + lanes <= count; i += lanes) {                                                               \
      for (size_t lane = 0; lane < lanes; lane++) {                                                        \
        type a = partial[lane], b = x[i + lane];                                                           \
        partial[lane] = result;                                                                            \
      }                                                                                                    \
    }                                                                                                      \
    type a = partial[0];                                                                                   \
    for (size_t lane = 1; lane < used; lane++) {                                                           \
      type b = partial[lane];                                                                              \
      a = result;                                                                                          \
    }                                                                                                      \
    for (; i < count; i++) {                                                                               \
      type b = x[i];                                                                                       \
      a = result;                                                                                          \
    }                                                                                                      \
    return a;                                                                                              \
  }

#define VM_FOLDS(type, suffix)                                                                             \
  VM_FOLD(type, suffix, largest, a > b || a != a ? a : b)                                                  \
  VM_FOLD(type, suffix, smallest, a < b || a != a ? a : b)                                                 \
  VM_FOLD(type, suffix, product, a * b)

VM_FOLDS(float, float)
VM_FOLDS(double, double)
VM_FOLD(double, double, sum, a + b)

// Functions of several steps go over pieces that stay in the first-level cache between them.
enum { piece = 1024 };

// `result` of each element a and of b, which is `before` after `steps` over the buffer. Further arguments are parameters.
#define VM_THROUGH(type, suffix, name, before, steps, result, ...)                                         \
  VM_EACH_PROCESSOR void vm_##name##_##suffix(                                                             \
      const type *x, type *out, size_t count __VA_OPT__(, ) __VA_ARGS__) {                                 \
    type buffer[piece];                                                                                    \
    for (size_t start = 0; start < count; start += piece) {                                                \
      size_t n = count - start < piece ? count - start : piece;                                            \
      VM_LOOP(n) {                                                                                         \
        type a = x[start + i];                                                                             \
        buffer[i] = before;                                                                                \
      }                                                                                                    \
      steps;                                                                                               \
      VM_LOOP(n) {                                                                                         \
        type a = x[start + i], b = buffer[i];                                                              \
        out[start + i] = result;                                                                           \
      }                                                                                                    \
    }                                                                                                      \
  }

#define VM_STEP(function, suffix) vm_##function##_##suffix(buffer, buffer, n)
#define VM_SQRT1_2 0.70710678118654752440
#define VM_GELU_SCALE 0.79788456080286535588  // sqrt(2 / pi)
#define VM_TANH_IS_1 20                       // from here on, in either precision

#define VM_ACTIVATIONS(type, suffix, f)                                                                    \
  VM_THROUGH(type, suffix, sigmoid, -a, VM_STEP(exp, suffix), 1 / (1 + b))                                 \
  VM_THROUGH(type, suffix, silu, -a, VM_STEP(exp, suffix), a * (1 / (1 + b)))                              \
  VM_THROUGH(type, suffix, log_sigmoid, -__builtin_fabs##f(a), VM_STEP(exp, suffix);                       \
             VM_STEP(log1p, suffix), (a < 0 || a != a ? a : 0) - b)                                        \
  VM_THROUGH(type, suffix, mish, a < VM_TANH_IS_1 ? a : VM_TANH_IS_1, VM_STEP(exp, suffix);                \
             VM_STEP(log1p, suffix); VM_STEP(tanh, suffix), a * b)                                         \
  VM_THROUGH(type, suffix, gelu, a * (type)VM_SQRT1_2, VM_STEP(erf, suffix), (type)0.5 * a * (1 + b))      \
  VM_THROUGH(type, suffix, gelu_tanh, (type)VM_GELU_SCALE * (a + (type)0.044715 * a * a * a),              \
             VM_STEP(tanh, suffix), (type)0.5 * a * (1 + b))                                               \
  VM_THROUGH(type, suffix, softplus, a * beta, VM_STEP(exp, suffix); VM_STEP(log1p, suffix),               \
             a * beta > threshold ? a : b / beta, type beta, type threshold)                               \
  VM_THROUGH(type, suffix, elu, a * input_scale, VM_STEP(expm1, suffix), a <= 0 ? below * b : a * above,   \
             type input_scale, type below, type above)

VM_ACTIVATIONS(float, float, f)
VM_ACTIVATIONS(double, double, )

#define VM_CONVERSION(from, from_name, to, to_name, result)                                                \
  VM_EACH_PROCESSOR void vm_##to_name##_from_##from_name(const void *x, void *out, size_t count) {         \
    const from *source = x;                                                                                \
    to *target = out;                                                                                      \
    VM_LOOP(count) {                                                                                       \
      from a = source[i];                                                                                  \
      target[i] = result;                                                                                  \
    }                                                                                                      \
  }

static inline float bits_to_float(uint32_t bits) {
  float value;
  __builtin_memcpy(&value, &bits, sizeof value);
  return value;
}

// The upper half, rounded to nearest, ties to even.
static inline uint16_t float_to_bfloat(float value) {
  uint32_t bits;
  __builtin_memcpy(&bits, &value, sizeof bits);
  uint32_t rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;
  return value == value ? (uint16_t)rounded : 0x7FC0;
}

VM_CONVERSION(_Float16, half, float, float, a)
VM_CONVERSION(float, float, _Float16, half, (_Float16)a)
VM_CONVERSION(uint16_t, bfloat, float, float, bits_to_float((uint32_t)a << 16))
VM_CONVERSION(float, float, uint16_t, bfloat, float_to_bfloat(a))
VM_CONVERSION(double, double, float, float, (float)a)
VM_CONVERSION(float, float, double, double, a)
VM_CONVERSION(int64_t, int64, float, float, (float)a)
VM_CONVERSION(int64_t, int64, double, double, (double)a)
VM_CONVERSION(float, float, int64_t, int64, a >= -0x1p63f && a < 0x1p63f ? (int64_t)a : INT64_MIN)
VM_CONVERSION(double, double, int64_t, int64, a >= -0x1p63 && a < 0x1p63 ? (int64_t)a : INT64_MIN)
VM_CONVERSION(float, float, uint8_t, bool, a != 0)
VM_CONVERSION(uint8_t, bool, float, float, a != 0)

// Mathematical functions over rows of numbers: glibc's vector library, in the widest form that the processor has, chosen at
// run time. Swift has no way to compile one function for several instruction sets, C has the target attribute.
// Source: https://sourceware.org/glibc/wiki/libmvec
#ifndef NNLUA_CVECTORMATH_SHIM_H
#define NNLUA_CVECTORMATH_SHIM_H

#include <math.h>
#include <stddef.h>
#include <string.h>

#if defined(__x86_64__) && defined(__GLIBC__)

typedef float vm_f16 __attribute__((vector_size(64)));
typedef float vm_f8 __attribute__((vector_size(32)));
typedef float vm_f4 __attribute__((vector_size(16)));
typedef double vm_d8 __attribute__((vector_size(64)));
typedef double vm_d4 __attribute__((vector_size(32)));
typedef double vm_d2 __attribute__((vector_size(16)));

// One loop over whole vectors; the rest goes through a vector padded with the values of its last element.
#define VM_UNARY_LOOP(isa, suffix, type, vector, width, function)                                          \
  __attribute__((target(isa))) static inline void suffix(const type *x, type *out, size_t count) {         \
    size_t i = 0;                                                                                          \
    vector v;                                                                                              \
    for (; i + width <= count; i += width) {                                                               \
      memcpy(&v, x + i, sizeof(v));                                                                        \
      v = function(v);                                                                                     \
      memcpy(out + i, &v, sizeof(v));                                                                      \
    }                                                                                                      \
    if (i < count) {                                                                                       \
      for (int lane = 0; lane < width; lane++) v[lane] = x[i + lane < count ? i + lane : count - 1];       \
      v = function(v);                                                                                     \
      memcpy(out + i, &v, (count - i) * sizeof(type));                                                     \
    }                                                                                                      \
  }

#define VM_BINARY_LOOP(isa, suffix, type, vector, width, function)                                         \
  __attribute__((target(isa))) static inline void suffix(                                                  \
      const type *a, const type *b, type *out, size_t count) {                                             \
    size_t i = 0;                                                                                          \
    vector v, w;                                                                                           \
    for (; i + width <= count; i += width) {                                                               \
      memcpy(&v, a + i, sizeof(v));                                                                        \
      memcpy(&w, b + i, sizeof(w));                                                                        \
      v = function(v, w);                                                                                  \
      memcpy(out + i, &v, sizeof(v));                                                                      \
    }                                                                                                      \
    if (i < count) {                                                                                       \
      for (int lane = 0; lane < width; lane++) {                                                           \
        size_t k = i + lane < count ? i + lane : count - 1;                                                \
        v[lane] = a[k];                                                                                    \
        w[lane] = b[k];                                                                                    \
      }                                                                                                    \
      v = function(v, w);                                                                                  \
      memcpy(out + i, &v, (count - i) * sizeof(type));                                                     \
    }                                                                                                      \
  }

#define VM_UNARY(name)                                                                                     \
  __attribute__((target("avx512f"))) vm_f16 _ZGVeN16v_##name##f(vm_f16);                                   \
  __attribute__((target("avx2"))) vm_f8 _ZGVdN8v_##name##f(vm_f8);                                         \
  vm_f4 _ZGVbN4v_##name##f(vm_f4);                                                                         \
  __attribute__((target("avx512f"))) vm_d8 _ZGVeN8v_##name(vm_d8);                                         \
  __attribute__((target("avx2"))) vm_d4 _ZGVdN4v_##name(vm_d4);                                            \
  vm_d2 _ZGVbN2v_##name(vm_d2);                                                                            \
  VM_UNARY_LOOP("avx512f", vm_##name##_f16, float, vm_f16, 16, _ZGVeN16v_##name##f)                        \
  VM_UNARY_LOOP("avx2", vm_##name##_f8, float, vm_f8, 8, _ZGVdN8v_##name##f)                               \
  VM_UNARY_LOOP("sse2", vm_##name##_f4, float, vm_f4, 4, _ZGVbN4v_##name##f)                               \
  VM_UNARY_LOOP("avx512f", vm_##name##_d8, double, vm_d8, 8, _ZGVeN8v_##name)                              \
  VM_UNARY_LOOP("avx2", vm_##name##_d4, double, vm_d4, 4, _ZGVdN4v_##name)                                 \
  VM_UNARY_LOOP("sse2", vm_##name##_d2, double, vm_d2, 2, _ZGVbN2v_##name)                                 \
  static inline void vm_##name##_float(const float *x, float *out, size_t count) {                         \
    if (__builtin_cpu_supports("avx512f")) vm_##name##_f16(x, out, count);                                 \
    else if (__builtin_cpu_supports("avx2")) vm_##name##_f8(x, out, count);                                \
    else vm_##name##_f4(x, out, count);                                                                    \
  }                                                                                                        \
  static inline void vm_##name##_double(const double *x, double *out, size_t count) {                      \
    if (__builtin_cpu_supports("avx512f")) vm_##name##_d8(x, out, count);                                  \
    else if (__builtin_cpu_supports("avx2")) vm_##name##_d4(x, out, count);                                \
    else vm_##name##_d2(x, out, count);                                                                    \
  }

#define VM_BINARY(name)                                                                                    \
  __attribute__((target("avx512f"))) vm_f16 _ZGVeN16vv_##name##f(vm_f16, vm_f16);                          \
  __attribute__((target("avx2"))) vm_f8 _ZGVdN8vv_##name##f(vm_f8, vm_f8);                                 \
  vm_f4 _ZGVbN4vv_##name##f(vm_f4, vm_f4);                                                                 \
  __attribute__((target("avx512f"))) vm_d8 _ZGVeN8vv_##name(vm_d8, vm_d8);                                 \
  __attribute__((target("avx2"))) vm_d4 _ZGVdN4vv_##name(vm_d4, vm_d4);                                    \
  vm_d2 _ZGVbN2vv_##name(vm_d2, vm_d2);                                                                    \
  VM_BINARY_LOOP("avx512f", vm_##name##_f16, float, vm_f16, 16, _ZGVeN16vv_##name##f)                      \
  VM_BINARY_LOOP("avx2", vm_##name##_f8, float, vm_f8, 8, _ZGVdN8vv_##name##f)                             \
  VM_BINARY_LOOP("sse2", vm_##name##_f4, float, vm_f4, 4, _ZGVbN4vv_##name##f)                             \
  VM_BINARY_LOOP("avx512f", vm_##name##_d8, double, vm_d8, 8, _ZGVeN8vv_##name)                            \
  VM_BINARY_LOOP("avx2", vm_##name##_d4, double, vm_d4, 4, _ZGVdN4vv_##name)                               \
  VM_BINARY_LOOP("sse2", vm_##name##_d2, double, vm_d2, 2, _ZGVbN2vv_##name)                               \
  static inline void vm_##name##_float(const float *a, const float *b, float *out, size_t count) {         \
    if (__builtin_cpu_supports("avx512f")) vm_##name##_f16(a, b, out, count);                              \
    else if (__builtin_cpu_supports("avx2")) vm_##name##_f8(a, b, out, count);                             \
    else vm_##name##_f4(a, b, out, count);                                                                 \
  }                                                                                                        \
  static inline void vm_##name##_double(const double *a, const double *b, double *out, size_t count) {     \
    if (__builtin_cpu_supports("avx512f")) vm_##name##_d8(a, b, out, count);                               \
    else if (__builtin_cpu_supports("avx2")) vm_##name##_d4(a, b, out, count);                             \
    else vm_##name##_d2(a, b, out, count);                                                                 \
  }

#else

#define VM_UNARY(name)                                                                                     \
  static inline void vm_##name##_float(const float *x, float *out, size_t count) {                         \
    for (size_t i = 0; i < count; i++) out[i] = name##f(x[i]);                                             \
  }                                                                                                        \
  static inline void vm_##name##_double(const double *x, double *out, size_t count) {                      \
    for (size_t i = 0; i < count; i++) out[i] = name(x[i]);                                                \
  }

#define VM_BINARY(name)                                                                                    \
  static inline void vm_##name##_float(const float *a, const float *b, float *out, size_t count) {         \
    for (size_t i = 0; i < count; i++) out[i] = name##f(a[i], b[i]);                                       \
  }                                                                                                        \
  static inline void vm_##name##_double(const double *a, const double *b, double *out, size_t count) {     \
    for (size_t i = 0; i < count; i++) out[i] = name(a[i], b[i]);                                          \
  }

#endif

VM_UNARY(acos)
VM_UNARY(acosh)
VM_UNARY(asin)
VM_UNARY(asinh)
VM_UNARY(atan)
VM_UNARY(atanh)
VM_UNARY(cos)
VM_UNARY(cosh)
VM_UNARY(erf)
VM_UNARY(erfc)
VM_UNARY(exp)
VM_UNARY(exp2)
VM_UNARY(expm1)
VM_UNARY(log)
VM_UNARY(log10)
VM_UNARY(log1p)
VM_UNARY(log2)
VM_UNARY(sin)
VM_UNARY(sinh)
VM_UNARY(tan)
VM_UNARY(tanh)
VM_BINARY(atan2)
VM_BINARY(hypot)
VM_BINARY(pow)

#endif

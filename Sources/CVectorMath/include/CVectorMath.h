// Mathematical functions over rows of numbers: glibc's vector library, in the widest form that the processor has, chosen at
// run time; one number at a time where there is no such library.
// Source: https://sourceware.org/glibc/wiki/libmvec
#ifndef NNLUA_CVECTORMATH_H
#define NNLUA_CVECTORMATH_H

#include <stddef.h>

// Calls `unary` or `binary` with the name of each function.
#define VM_FUNCTIONS(unary, binary)                                                                        \
  unary(acos) unary(acosh) unary(asin) unary(asinh) unary(atan) unary(atanh) unary(cos) unary(cosh)        \
  unary(erf) unary(erfc) unary(exp) unary(exp2) unary(expm1) unary(log) unary(log10) unary(log1p)          \
  unary(log2) unary(sin) unary(sinh) unary(tan) unary(tanh) binary(atan2) binary(hypot) binary(pow)

void vm_acos_float(const float *x, float *out, size_t count);
void vm_acos_double(const double *x, double *out, size_t count);
void vm_acosh_float(const float *x, float *out, size_t count);
void vm_acosh_double(const double *x, double *out, size_t count);
void vm_asin_float(const float *x, float *out, size_t count);
void vm_asin_double(const double *x, double *out, size_t count);
void vm_asinh_float(const float *x, float *out, size_t count);
void vm_asinh_double(const double *x, double *out, size_t count);
void vm_atan_float(const float *x, float *out, size_t count);
void vm_atan_double(const double *x, double *out, size_t count);
void vm_atanh_float(const float *x, float *out, size_t count);
void vm_atanh_double(const double *x, double *out, size_t count);
void vm_cos_float(const float *x, float *out, size_t count);
void vm_cos_double(const double *x, double *out, size_t count);
void vm_cosh_float(const float *x, float *out, size_t count);
void vm_cosh_double(const double *x, double *out, size_t count);
void vm_erf_float(const float *x, float *out, size_t count);
void vm_erf_double(const double *x, double *out, size_t count);
void vm_erfc_float(const float *x, float *out, size_t count);
void vm_erfc_double(const double *x, double *out, size_t count);
void vm_exp_float(const float *x, float *out, size_t count);
void vm_exp_double(const double *x, double *out, size_t count);
void vm_exp2_float(const float *x, float *out, size_t count);
void vm_exp2_double(const double *x, double *out, size_t count);
void vm_expm1_float(const float *x, float *out, size_t count);
void vm_expm1_double(const double *x, double *out, size_t count);
void vm_log_float(const float *x, float *out, size_t count);
void vm_log_double(const double *x, double *out, size_t count);
void vm_log10_float(const float *x, float *out, size_t count);
void vm_log10_double(const double *x, double *out, size_t count);
void vm_log1p_float(const float *x, float *out, size_t count);
void vm_log1p_double(const double *x, double *out, size_t count);
void vm_log2_float(const float *x, float *out, size_t count);
void vm_log2_double(const double *x, double *out, size_t count);
void vm_sin_float(const float *x, float *out, size_t count);
void vm_sin_double(const double *x, double *out, size_t count);
void vm_sinh_float(const float *x, float *out, size_t count);
void vm_sinh_double(const double *x, double *out, size_t count);
void vm_tan_float(const float *x, float *out, size_t count);
void vm_tan_double(const double *x, double *out, size_t count);
void vm_tanh_float(const float *x, float *out, size_t count);
void vm_tanh_double(const double *x, double *out, size_t count);

void vm_atan2_float(const float *a, const float *b, float *out, size_t count);
void vm_atan2_double(const double *a, const double *b, double *out, size_t count);
void vm_hypot_float(const float *a, const float *b, float *out, size_t count);
void vm_hypot_double(const double *a, const double *b, double *out, size_t count);
void vm_pow_float(const float *a, const float *b, float *out, size_t count);
void vm_pow_double(const double *a, const double *b, double *out, size_t count);

// Simple arithmetic over rows: `out` may be the same row as an operand, else they do not overlap.
#define VM_ROWS(type, suffix)                                                                              \
  void vm_neg_##suffix(const type *x, type *out, size_t count);                                            \
  void vm_abs_##suffix(const type *x, type *out, size_t count);                                            \
  void vm_relu_##suffix(const type *x, type *out, size_t count);                                           \
  void vm_sqrt_##suffix(const type *x, type *out, size_t count);                                           \
  void vm_rsqrt_##suffix(const type *x, type *out, size_t count);                                          \
  void vm_reciprocal_##suffix(const type *x, type *out, size_t count);                                     \
  void vm_floor_##suffix(const type *x, type *out, size_t count);                                          \
  void vm_ceil_##suffix(const type *x, type *out, size_t count);                                           \
  void vm_trunc_##suffix(const type *x, type *out, size_t count);                                          \
  void vm_round_##suffix(const type *x, type *out, size_t count);                                          \
  void vm_add_##suffix(const type *x, const type *y, type *out, size_t count);                             \
  void vm_sub_##suffix(const type *x, const type *y, type *out, size_t count);                             \
  void vm_mul_##suffix(const type *x, const type *y, type *out, size_t count);                             \
  void vm_div_##suffix(const type *x, const type *y, type *out, size_t count);                             \
  void vm_maximum_##suffix(const type *x, const type *y, type *out, size_t count);                         \
  void vm_minimum_##suffix(const type *x, const type *y, type *out, size_t count);                         \
  void vm_relu_gradient_##suffix(const type *gradient, const type *y, type *out, size_t count);            \
  /* x + factor * (y * z), x + factor * (y / z), and the point at z of the way from x to y, from the nearer end */ \
  void vm_add_product_##suffix(                                                                            \
      const type *x, const type *y, const type *z, type *out, size_t count, type factor);                  \
  void vm_add_quotient_##suffix(                                                                           \
      const type *x, const type *y, const type *z, type *out, size_t count, type factor);                  \
  void vm_lerp_##suffix(const type *x, const type *y, const type *z, type *out, size_t count);             \
  void vm_sigmoid_##suffix(const type *x, type *out, size_t count);                                        \
  void vm_log_sigmoid_##suffix(const type *x, type *out, size_t count);                                    \
  void vm_silu_##suffix(const type *x, type *out, size_t count);                                           \
  void vm_mish_##suffix(const type *x, type *out, size_t count);                                           \
  void vm_gelu_##suffix(const type *x, type *out, size_t count);                                           \
  void vm_gelu_tanh_##suffix(const type *x, type *out, size_t count);                                      \
  void vm_softplus_##suffix(const type *x, type *out, size_t count, type beta, type threshold);            \
  void vm_elu_##suffix(const type *x, type *out, size_t count, type input_scale, type below, type above);

VM_ROWS(float, float)
VM_ROWS(double, double)

// All elements of a row, at least one, combined: the largest or smallest, NaN if there is one; the product; the sum.
float vm_largest_float(const float *x, size_t count);
double vm_largest_double(const double *x, size_t count);
float vm_smallest_float(const float *x, size_t count);
double vm_smallest_double(const double *x, size_t count);
float vm_product_float(const float *x, size_t count);
double vm_product_double(const double *x, size_t count);
double vm_sum_double(const double *x, size_t count);

// Conversions of rows, rounding to nearest. What no integer holds becomes the smallest one, as processors have it; bool is
// a byte.
void vm_float_from_half(const void *x, void *out, size_t count);
void vm_half_from_float(const void *x, void *out, size_t count);
void vm_float_from_bfloat(const void *x, void *out, size_t count);
void vm_bfloat_from_float(const void *x, void *out, size_t count);
void vm_float_from_double(const void *x, void *out, size_t count);
void vm_double_from_float(const void *x, void *out, size_t count);
void vm_float_from_int64(const void *x, void *out, size_t count);
void vm_double_from_int64(const void *x, void *out, size_t count);
void vm_int64_from_float(const void *x, void *out, size_t count);
void vm_int64_from_double(const void *x, void *out, size_t count);
void vm_bool_from_float(const void *x, void *out, size_t count);
void vm_float_from_bool(const void *x, void *out, size_t count);

#endif

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

#endif

#include "CVectorMath.h"

#include <math.h>
#include <string.h>

#if defined(__x86_64__) && defined(__GLIBC__)

// A function of the library takes and returns whole vectors in registers. C can call it only from code that is compiled for
// those registers altogether, so these loops, which run one over consecutive vectors, are in assembly.
//   void vm_unary_<bytes>(const void *x, void *out, size_t vectors, void (*function)(void))
//   void vm_binary_<bytes>(const void *a, const void *b, void *out, size_t vectors, void (*function)(void))
#define VM_LOOPS(bytes, move, first, second, leave)                                                        \
  __asm__(                                                                                                 \
      ".text\n.p2align 4\n.type vm_unary_" #bytes ", @function\n"                                          \
      "vm_unary_" #bytes ":\n"                                                                             \
      "push %rbx\npush %r12\npush %r13\npush %r14\npush %r15\n"                                            \
      "mov %rdi, %rbx\nmov %rsi, %r12\nmov %rdx, %r13\nmov %rcx, %r14\n"                                   \
      "1:\n" move " (%rbx), " first "\ncall *%r14\n" move " " first ", (%r12)\n"                           \
      "add $" #bytes ", %rbx\nadd $" #bytes ", %r12\ndec %r13\njnz 1b\n" leave                             \
      "pop %r15\npop %r14\npop %r13\npop %r12\npop %rbx\nret\n"                                            \
      ".size vm_unary_" #bytes ", .-vm_unary_" #bytes "\n"                                                 \
      ".p2align 4\n.type vm_binary_" #bytes ", @function\n"                                                \
      "vm_binary_" #bytes ":\n"                                                                            \
      "push %rbx\npush %r12\npush %r13\npush %r14\npush %r15\n"                                            \
      "mov %rdi, %rbx\nmov %rsi, %r15\nmov %rdx, %r12\nmov %rcx, %r13\nmov %r8, %r14\n"                    \
      "1:\n" move " (%rbx), " first "\n" move " (%r15), " second "\ncall *%r14\n"                          \
      move " " first ", (%r12)\n"                                                                          \
      "add $" #bytes ", %rbx\nadd $" #bytes ", %r15\nadd $" #bytes ", %r12\ndec %r13\njnz 1b\n" leave      \
      "pop %r15\npop %r14\npop %r13\npop %r12\npop %rbx\nret\n"                                            \
      ".size vm_binary_" #bytes ", .-vm_binary_" #bytes "\n");                                             \
  void vm_unary_##bytes(const void *, void *, size_t, void (*)(void));                                     \
  void vm_binary_##bytes(const void *, const void *, void *, size_t, void (*)(void));

VM_LOOPS(64, "vmovups", "%zmm0", "%zmm1", "vzeroupper\n")
VM_LOOPS(32, "vmovups", "%ymm0", "%ymm1", "vzeroupper\n")
VM_LOOPS(16, "movups", "%xmm0", "%xmm1", "")

enum { widest = 64 };

static size_t vector_bytes(void) {
  if (__builtin_cpu_supports("avx512f")) return 64;
  return __builtin_cpu_supports("avx2") ? 32 : 16;
}

typedef void (*vector_function)(void);

// The three forms of a function, for vectors of 64, 32 and 16 bytes.
typedef struct {
  vector_function wide, medium, narrow;
} vector_functions;

static void run_unary(const void *x, void *out, size_t vectors, size_t bytes, vector_functions f) {
  if (vectors == 0) return;
  if (bytes == 64) vm_unary_64(x, out, vectors, f.wide);
  else if (bytes == 32) vm_unary_32(x, out, vectors, f.medium);
  else vm_unary_16(x, out, vectors, f.narrow);
}

static void run_binary(const void *a, const void *b, void *out, size_t vectors, size_t bytes, vector_functions f) {
  if (vectors == 0) return;
  if (bytes == 64) vm_binary_64(a, b, out, vectors, f.wide);
  else if (bytes == 32) vm_binary_32(a, b, out, vectors, f.medium);
  else vm_binary_16(a, b, out, vectors, f.narrow);
}

// Copies the last `bytes` bytes of a row to a vector and repeats the last element in the rest of it, as other values may
// be slow or raise floating point exceptions.
static void pad(char *vector, const char *row, size_t bytes, size_t element) {
  memcpy(vector, row, bytes);
  for (size_t i = bytes; i < widest; i += element) memcpy(vector + i, row + bytes - element, element);
}

static void map_unary(const char *x, char *out, size_t bytes, size_t element, vector_functions f) {
  size_t width = vector_bytes(), whole = bytes / width * width, rest = bytes - whole;
  run_unary(x, out, whole / width, width, f);
  if (rest == 0) return;
  char vector[widest];
  pad(vector, x + whole, rest, element);
  run_unary(vector, vector, 1, width, f);
  memcpy(out + whole, vector, rest);
}

static void map_binary(const char *a, const char *b, char *out, size_t bytes, size_t element, vector_functions f) {
  size_t width = vector_bytes(), whole = bytes / width * width, rest = bytes - whole;
  run_binary(a, b, out, whole / width, width, f);
  if (rest == 0) return;
  char first[widest], second[widest];
  pad(first, a + whole, rest, element);
  pad(second, b + whole, rest, element);
  run_binary(first, second, first, 1, width, f);
  memcpy(out + whole, first, rest);
}

#define VM_UNARY(name)                                                                                     \
  void _ZGVeN16v_##name##f(void), _ZGVdN8v_##name##f(void), _ZGVbN4v_##name##f(void);                      \
  void _ZGVeN8v_##name(void), _ZGVdN4v_##name(void), _ZGVbN2v_##name(void);                                \
  void vm_##name##_float(const float *x, float *out, size_t count) {                                       \
    vector_functions f = {_ZGVeN16v_##name##f, _ZGVdN8v_##name##f, _ZGVbN4v_##name##f};                    \
    map_unary((const char *)x, (char *)out, count * sizeof(float), sizeof(float), f);                      \
  }                                                                                                        \
  void vm_##name##_double(const double *x, double *out, size_t count) {                                    \
    vector_functions f = {_ZGVeN8v_##name, _ZGVdN4v_##name, _ZGVbN2v_##name};                              \
    map_unary((const char *)x, (char *)out, count * sizeof(double), sizeof(double), f);                    \
  }

#define VM_BINARY(name)                                                                                    \
  void _ZGVeN16vv_##name##f(void), _ZGVdN8vv_##name##f(void), _ZGVbN4vv_##name##f(void);                   \
  void _ZGVeN8vv_##name(void), _ZGVdN4vv_##name(void), _ZGVbN2vv_##name(void);                             \
  void vm_##name##_float(const float *a, const float *b, float *out, size_t count) {                       \
    vector_functions f = {_ZGVeN16vv_##name##f, _ZGVdN8vv_##name##f, _ZGVbN4vv_##name##f};                 \
    map_binary((const char *)a, (const char *)b, (char *)out, count * sizeof(float), sizeof(float), f);    \
  }                                                                                                        \
  void vm_##name##_double(const double *a, const double *b, double *out, size_t count) {                   \
    vector_functions f = {_ZGVeN8vv_##name, _ZGVdN4vv_##name, _ZGVbN2vv_##name};                           \
    map_binary((const char *)a, (const char *)b, (char *)out, count * sizeof(double), sizeof(double), f);  \
  }

#else

#define VM_UNARY(name)                                                                                     \
  void vm_##name##_float(const float *x, float *out, size_t count) {                                       \
    for (size_t i = 0; i < count; i++) out[i] = name##f(x[i]);                                             \
  }                                                                                                        \
  void vm_##name##_double(const double *x, double *out, size_t count) {                                    \
    for (size_t i = 0; i < count; i++) out[i] = name(x[i]);                                                \
  }

#define VM_BINARY(name)                                                                                    \
  void vm_##name##_float(const float *a, const float *b, float *out, size_t count) {                       \
    for (size_t i = 0; i < count; i++) out[i] = name##f(a[i], b[i]);                                       \
  }                                                                                                        \
  void vm_##name##_double(const double *a, const double *b, double *out, size_t count) {                   \
    for (size_t i = 0; i < count; i++) out[i] = name(a[i], b[i]);                                          \
  }

#endif

VM_FUNCTIONS(VM_UNARY, VM_BINARY)

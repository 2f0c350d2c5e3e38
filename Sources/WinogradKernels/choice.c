#include "WinogradKernels.h"
#include <stddef.h>

#if defined(__x86_64__)
extern const winograd_kernels winograd_avx512, winograd_avx2;
#endif

const winograd_kernels *winograd_kernels_for(long lanes) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (lanes == 16 && has_avx2 && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
    return &winograd_avx512;
  }
  if (lanes == 8 && has_avx2) return &winograd_avx2;
#endif
  return NULL;
}

// Blocks of 16 channels, with AVX-512.
#if defined(__x86_64__)
#pragma clang fp contract(fast)
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,fma"))), apply_to = function)
#define WINOGRAD_LANES 16
#define WINOGRAD_REGISTERS 32
#define WINOGRAD_BLOCKS 4
#define WINOGRAD_TABLE winograd_avx512
#include "kernels.h"
#pragma clang attribute pop
#endif

// Blocks of 8 channels, with AVX2 and fused multiplications and additions.
#if defined(__x86_64__)
#pragma clang fp contract(fast)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define WINOGRAD_LANES 8
#define WINOGRAD_REGISTERS 16
#define WINOGRAD_BLOCKS 2
#define WINOGRAD_TABLE winograd_avx2
#include "kernels.h"
#pragma clang attribute pop
#endif

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
// Twelve of sixteen registers accumulate: six rows of sixteen columns, two registers a row.
#define CK_TABLE ck_kernels_avx2
#define CK_TABLE_ISA CK_ISA_AVX2
#define CK_TILE_ROWS 6
#define CK_TILE_VECTORS 1
#include "kernels.inc"
#pragma clang attribute pop
#endif

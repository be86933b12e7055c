#if defined(__x86_64__)
#pragma clang attribute push(                                                              \
    __attribute__((target("avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl"),             \
                   min_vector_width(512))),                                                \
    apply_to = function)
// Twenty-four of thirty-two registers accumulate: twelve rows of thirty-two columns.
#define CK_TABLE ck_kernels_avx512
#define CK_TABLE_ISA CK_ISA_AVX512
#define CK_TILE_ROWS 12
#define CK_TILE_VECTORS 2
#include "kernels.inc"
#pragma clang attribute pop
#endif

#if defined(__aarch64__)
// Twenty-four of thirty-two registers accumulate: six rows of sixteen columns, four registers a row.
#define CK_TABLE ck_kernels_neon
#define CK_TABLE_ISA CK_ISA_NEON
#define CK_TILE_ROWS 6
#define CK_TILE_VECTORS 1
#include "kernels.inc"
#endif

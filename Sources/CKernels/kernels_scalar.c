// The baseline of the architecture: no instruction set asked for, fmaf from the C library.
#define CK_TABLE ck_kernels_scalar
#define CK_TABLE_ISA CK_ISA_SCALAR
#define CK_TILE_ROWS 4
#define CK_TILE_VECTORS 1
#include "kernels.inc"

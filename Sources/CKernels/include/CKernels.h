// Float kernels of rledit: plain functions over caller's memory, one set per instruction set.
//
// Every kernel gives the same bits on every instruction set and for every way of splitting its
// outputs between calls:
//   - A matrix product is one chain of fused multiply-adds per output, inner index ascending.
//   - Any other sum runs in CK_LANES strided partial sums (element e goes to lane e mod CK_LANES),
//     which a fixed tree adds: lane l takes lane l+8, then l+4, l+2, l+1.
//   - exp is a polynomial of our own; nothing calls libm but fmaf, which IEEE 754 defines exactly.
// Nothing here allocates, does I/O or keeps state. Buffers may lie at any address. Sizes are trusted:
// the Swift side checks them.
#ifndef CKERNELS_H
#define CKERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Partial sums of a reduction.
#define CK_LANES 16

// Instruction sets a kernel table can be had for.
typedef enum ck_isa { CK_ISA_SCALAR = 0, CK_ISA_AVX2 = 1, CK_ISA_AVX512 = 2, CK_ISA_NEON = 3 } ck_isa;

// Encodings of stored weights that the kernels widen to binary32 without losing a bit.
typedef enum ck_type {
  CK_F32 = 0,
  CK_F16 = 1,
  CK_BF16 = 2,
  CK_Q8_0 = 3,  // 32 int8 codes under one f16 scale: 34 bytes a block
  CK_Q4_0 = 4,  // 32 4-bit codes, offset 8, under one f16 scale: 18 bytes a block
  CK_Q4_1 = 5,  // 32 4-bit codes under an f16 scale and minimum: 20 bytes a block
} ck_type;

// How the right-hand matrix B (inner×columns) of a product lies in memory.
typedef enum ck_layout {
  CK_ROWS_ARE_COLUMNS = 0,  // stored row j is column j of B: a weight out×in in X·Wᵀ
  CK_ROWS_ARE_INNER = 1,    // stored row p is row p of B: a weight out×in in dY·W
} ck_layout;

// Attention of one key/value head over one sequence; strides are in floats, rows are positions.
typedef struct ck_attention {
  size_t length;         // positions of the sequence
  size_t past;           // positions before the first row of query and output
  size_t head_size;      // floats of one head
  size_t group;          // query heads that share the key/value head
  size_t window;         // positions a query sees, itself included; 0 means all before it
  float scale;           // factor on the scores
  size_t query_stride;   // floats between positions in query, output and their gradients
  size_t key_stride;     // floats between positions in key, value and their gradients
} ck_attention;

typedef struct ck_kernels {
  ck_isa isa;
  size_t tile_rows;     // rows of a packed panel of A
  size_t tile_columns;  // columns of a packed panel of B
  size_t inner_block;   // inner indices packed at a time; a multiple of 32

  // dst[0..<count] = the exact binary32 values of count stored elements; count fills whole blocks.
  void (*widen)(ck_type type, const void *src, size_t count, float *dst);

  // Packs A (rows×inner, element (i,p) at src[i·row_stride + p·inner_stride]) into panels of
  // tile_rows rows, inner index outermost within a panel; missing rows of the last panel are zero.
  // dst holds ⌈rows/tile_rows⌉·tile_rows·inner floats.
  void (*pack_left)(const float *src, size_t row_stride, size_t inner_stride, size_t rows,
                    size_t inner, float *dst);

  // C[i, j] = chain over p of fma(A[i,p], B[p,j], ·), starting from C[i, j] when accumulate, else
  // from +0; i in 0..<rows, j in 0..<columns. left is packed. right is the stored row 0 of B's first
  // column (CK_ROWS_ARE_COLUMNS) or of its first inner index (CK_ROWS_ARE_INNER, already offset to
  // the first column, a whole block); right_stride is in bytes between stored rows.
  // scratch holds inner_block·tile_columns·2 floats.
  void (*multiply)(const float *left, ck_type type, ck_layout layout, const void *right,
                   size_t right_stride, size_t rows, size_t inner, size_t columns, bool accumulate,
                   float *c, size_t c_stride, float *scratch);

  // The strided sum of x·y.
  float (*dot)(const float *x, const float *y, size_t count);
  // dst = dst + src.
  void (*add)(const float *src, size_t count, float *dst);

  // RMS norm of one row: y = x·inverse·weight with inverse = 1/√(mean(x²) + epsilon), returned.
  float (*rms_norm)(const float *x, const float *weight, size_t count, float epsilon, float *y);
  // Adds the gradient with respect to x: inverse·(weight·dy − x·inverse²·mean(weight·dy·x)).
  void (*rms_norm_backward)(const float *x, const float *weight, const float *dy, size_t count,
                            float inverse, float *dx);

  // act = silu(gate)·up.
  void (*swiglu)(const float *gate, const float *up, size_t count, float *act);
  // Overwrites dgate and dup from dact; either may be the buffer of dact.
  void (*swiglu_backward)(const float *gate, const float *up, const float *dact, size_t count,
                          float *dgate, float *dup);

  // Rotates pairs (x[i], x[i + half]) of one head by the angle whose cosine and sine are given;
  // sign −1 rotates back, which is the transpose.
  void (*rotate_halves)(float *x, const float *cosine, const float *sine, size_t half, float sign);

  // p = exp(x − max(x)), unnormalised; returns the sum of p and stores the maximum.
  float (*exponentials)(const float *x, size_t count, float *p, float *maximum);
  // x = x·factor.
  void (*scale)(float *x, size_t count, float factor);

  // out (group heads side by side at query's place) = softmax(scale·q·kᵀ, causal)·v, for the query
  // positions past + begin..<past + end. scratch holds length floats.
  void (*attend)(const ck_attention *shape, size_t begin, size_t end, const float *query,
                 const float *key, const float *value, float *out, float *scratch);
  // Overwrites dquery; adds to dkey and dvalue. scratch holds 2·length floats.
  void (*attend_backward)(const ck_attention *shape, const float *query, const float *key,
                          const float *value, const float *dout, float *dquery, float *dkey,
                          float *dvalue, float *scratch);

  // Binary64, for linear algebra. y[e] = y[e] + (sign·factor_p)·x[p, e] for p = 0 … inner−1 in turn,
  // each product and each sum rounded; row p of x at x + p·x_stride, factor_p at
  // factors[p·factor_stride], sign 1 or −1.
  void (*add_products)(const double *x, size_t x_stride, const double *factors,
                       size_t factor_stride, double sign, size_t inner, size_t count, double *y);
  // Plane rotations of neighbouring rows of z, one after the other: with row x = rows[r] and the row
  // y below it, (x, y) = (c·x − s·y, s·x + c·y), elements 0..<count.
  void (*rotate_rows)(double *z, size_t stride, const size_t *rows, const double *cosines,
                      const double *sines, size_t rotations, size_t count);
} ck_kernels;

// Tells the processor that this thread waits for another one's write in a loop.
static inline void ck_relax(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

// The kernels of an instruction set, or NULL where this machine cannot run it.
const ck_kernels *ck_kernels_for(ck_isa isa);

#endif

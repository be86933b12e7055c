#include "CKernels.h"

// Tables of the instruction sets this architecture can have; each is defined in its own file, which
// is compiled for that instruction set.
extern const ck_kernels ck_kernels_scalar;
#if defined(__x86_64__)
extern const ck_kernels ck_kernels_avx2;
extern const ck_kernels ck_kernels_avx512;
#elif defined(__aarch64__)
extern const ck_kernels ck_kernels_neon;
#endif

const ck_kernels *ck_kernels_for(ck_isa isa) {
  switch (isa) {
    case CK_ISA_SCALAR:
      return &ck_kernels_scalar;
#if defined(__x86_64__)
    case CK_ISA_AVX2:
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                     __builtin_cpu_supports("f16c")
                 ? &ck_kernels_avx2
                 : NULL;
    case CK_ISA_AVX512:
      return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                     __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")
                 ? &ck_kernels_avx512
                 : NULL;
#elif defined(__aarch64__)
    case CK_ISA_NEON:
      return &ck_kernels_neon;
#endif
    default:
      return NULL;
  }
}

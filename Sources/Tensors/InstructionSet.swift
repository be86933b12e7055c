internal import CKernels

/// An instruction set that the kernels are compiled for. Which one runs never changes a bit of a
/// result, only the time it takes.
package enum InstructionSet: String, Sendable, CaseIterable {
  case scalar
  case avx2
  case avx512
  case neon

  /// Whether this machine can run it.
  package var isAvailable: Bool {
    ck_kernels_for(code) != nil
  }

  /// The instruction sets that this machine can run, slowest first.
  package static var available: [InstructionSet] {
    [.scalar, .neon, .avx2, .avx512].filter(\.isAvailable)
  }

  /// The fastest instruction set of this machine.
  package static var fastest: InstructionSet {
    available.last ?? .scalar
  }

  var code: ck_isa {
    switch self {
    case .scalar: CK_ISA_SCALAR
    case .avx2: CK_ISA_AVX2
    case .avx512: CK_ISA_AVX512
    case .neon: CK_ISA_NEON
    }
  }
}

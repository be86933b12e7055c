package import Tensors

/// A tensor type of GGML.
///
/// All types that files carry are listed with their sizes, so that a file can be checked and shown
/// whatever is in it; ``elementType`` tells which of them the rest of the program can name.
package struct GGMLType: Equatable, Sendable {
  /// The number that stands for the type in GGUF files.
  package let number: UInt32
  /// GGML's own spelling, for instance `Q4_K`.
  package let name: String
  /// Elements in one block: the blocks of a tensor never cross the end of a row.
  package let elementsPerBlock: Int
  /// Bytes of one block: its codes, scales and minima.
  package let bytesPerBlock: Int

  private init(_ number: UInt32, _ name: String, _ elements: Int, bytes: Int) {
    self.number = number
    self.name = name
    elementsPerBlock = elements
    bytesPerBlock = bytes
  }

  /// The type of that number, or `nil` where GGML has none or has taken it back.
  package init?(number: UInt32) {
    guard let type = Self.all.first(where: { $0.number == number }) else { return nil }
    self = type
  }

  /// Sizes are written as the sums of the parts of GGML's block structures.
  package static let all = [
    GGMLType(0, "F32", 1, bytes: 4),
    GGMLType(1, "F16", 1, bytes: 2),
    GGMLType(2, "Q4_0", 32, bytes: 2 + 16),
    GGMLType(3, "Q4_1", 32, bytes: 2 + 2 + 16),
    GGMLType(6, "Q5_0", 32, bytes: 2 + 4 + 16),
    GGMLType(7, "Q5_1", 32, bytes: 2 + 2 + 4 + 16),
    GGMLType(8, "Q8_0", 32, bytes: 2 + 32),
    GGMLType(9, "Q8_1", 32, bytes: 2 + 2 + 32),
    GGMLType(10, "Q2_K", 256, bytes: 16 + 64 + 2 + 2),
    GGMLType(11, "Q3_K", 256, bytes: 32 + 64 + 12 + 2),
    GGMLType(12, "Q4_K", 256, bytes: 2 + 2 + 12 + 128),
    GGMLType(13, "Q5_K", 256, bytes: 2 + 2 + 12 + 32 + 128),
    GGMLType(14, "Q6_K", 256, bytes: 128 + 64 + 16 + 2),
    GGMLType(15, "Q8_K", 256, bytes: 4 + 256 + 32),
    GGMLType(16, "IQ2_XXS", 256, bytes: 2 + 64),
    GGMLType(17, "IQ2_XS", 256, bytes: 2 + 64 + 8),
    GGMLType(18, "IQ3_XXS", 256, bytes: 2 + 96),
    GGMLType(19, "IQ1_S", 256, bytes: 2 + 32 + 16),
    GGMLType(20, "IQ4_NL", 32, bytes: 2 + 16),
    GGMLType(21, "IQ3_S", 256, bytes: 2 + 64 + 8 + 32 + 4),
    GGMLType(22, "IQ2_S", 256, bytes: 2 + 64 + 8 + 8),
    GGMLType(23, "IQ4_XS", 256, bytes: 2 + 2 + 4 + 128),
    GGMLType(24, "I8", 1, bytes: 1),
    GGMLType(25, "I16", 1, bytes: 2),
    GGMLType(26, "I32", 1, bytes: 4),
    GGMLType(27, "I64", 1, bytes: 8),
    GGMLType(28, "F64", 1, bytes: 8),
    GGMLType(29, "IQ1_M", 256, bytes: 32 + 16 + 8),
    GGMLType(30, "BF16", 1, bytes: 2),
    GGMLType(34, "TQ1_0", 256, bytes: 48 + 4 + 2),
    GGMLType(35, "TQ2_0", 256, bytes: 64 + 2),
    GGMLType(39, "MXFP4", 32, bytes: 1 + 16),
  ]

  /// The same encoding in the program's own terms, where it has one: both spell their types alike.
  package var elementType: ElementType? { ElementType(rawValue: name) }
}

package import Tensors

/// The element type that a model's weights are exported in.
package enum ExportPrecision: String, Sendable, CaseIterable {
  case f32
  case bf16
  case f16

  package var elementType: ElementType {
    switch self {
    case .f32: .float32
    case .bf16: .bfloat16
    case .f16: .float16
    }
  }

  /// The smallest magnitude that narrows to infinity: halfway between the largest number and the next
  /// power of two.
  var overflow: Float {
    switch self {
    case .f32: .infinity
    case .bf16: 0x1.FFp127
    case .f16: 65520
    }
  }

  /// Hugging Face's word for it.
  var configurationName: String {
    switch self {
    case .f32: "float32"
    case .bf16: "bfloat16"
    case .f16: "float16"
    }
  }
}

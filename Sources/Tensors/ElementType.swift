/// How the elements of a stored tensor are encoded.
///
/// The raw value is the spelling of the safetensors format where it has one, and GGML's name for
/// the block-quantised types. Elements come in blocks: one element for the plain types, 32 for the
/// quantised ones, whose block shares a scale (and, for the `_1` forms, a minimum).
package enum ElementType: String, Sendable, Hashable, CaseIterable {
  case float64 = "F64"
  case float32 = "F32"
  case float16 = "F16"
  case bfloat16 = "BF16"
  case int64 = "I64"
  case int32 = "I32"
  case int16 = "I16"
  case int8 = "I8"
  case uint64 = "U64"
  case uint32 = "U32"
  case uint16 = "U16"
  case uint8 = "U8"
  case bool = "BOOL"
  case float8e4m3 = "F8_E4M3"
  case float8e5m2 = "F8_E5M2"
  case complex64 = "C64"
  /// 32 signed bytes under one binary16 scale `d`: `x = d·q`.
  case eightBitBlocks = "Q8_0"
  /// 32 four-bit codes under one binary16 scale `d`: `x = d·(q − 8)`.
  case fourBitBlocks = "Q4_0"
  /// 32 four-bit codes under a binary16 scale `d` and minimum `m`: `x = d·q + m`.
  case fourBitBlocksWithMinimum = "Q4_1"

  /// Elements in one block.
  package var elementsPerBlock: Int {
    switch self {
    case .eightBitBlocks, .fourBitBlocks, .fourBitBlocksWithMinimum: 32
    default: 1
    }
  }

  /// Bytes of one block.
  package var bytesPerBlock: Int {
    switch self {
    case .float64, .int64, .uint64, .complex64: 8
    case .float32, .int32, .uint32: 4
    case .float16, .bfloat16, .int16, .uint16: 2
    case .int8, .uint8, .bool, .float8e4m3, .float8e5m2: 1
    case .eightBitBlocks: 34
    case .fourBitBlocks: 18
    case .fourBitBlocksWithMinimum: 20
    }
  }

  /// Whether the kernels can widen this type to binary32 without losing a bit, so that a model's
  /// weights may be stored in it.
  package var isWeightType: Bool {
    code != nil
  }

  /// Bytes of `count` elements, or `nil` where `count` is negative, does not fill whole blocks or
  /// the product overflows.
  package func byteCount(elements count: Int) -> Int? {
    guard count >= 0, count.isMultiple(of: elementsPerBlock) else { return nil }
    let (bytes, overflow) = (count / elementsPerBlock)
      .multipliedReportingOverflow(by: bytesPerBlock)
    return overflow ? nil : bytes
  }
}

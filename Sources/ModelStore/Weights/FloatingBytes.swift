import Tensors

/// Stored binary floating-point numbers, seen as bits.
enum FloatingBytes {
  /// Whether no number is infinite or NaN.
  ///
  /// - Parameters:
  ///   - bytes: little-endian numbers.
  ///   - elementType: F32, BF16 or F16.
  static func areFinite(_ bytes: UnsafeRawBufferPointer, _ elementType: ElementType) -> Bool {
    // An exponent of all ones is an infinity or a NaN in every binary format.
    switch elementType {
    case .float32: lacks(exponent: 0x7F80_0000 as UInt32, in: bytes)
    case .bfloat16: lacks(exponent: 0x7F80 as UInt16, in: bytes)
    default: lacks(exponent: 0x7C00 as UInt16, in: bytes)
    }
  }

  /// Goes through to the end, unlike `allSatisfy`, so that it runs in vectors.
  private static func lacks<Bits: FixedWidthInteger>(
    exponent: Bits, in bytes: UnsafeRawBufferPointer
  ) -> Bool {
    var found: Bits = 0
    for place in stride(from: 0, to: bytes.count, by: MemoryLayout<Bits>.size) {
      let bits = Bits(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: Bits.self))
      found |= bits & exponent == exponent ? 1 : 0
    }
    return found == 0
  }
}

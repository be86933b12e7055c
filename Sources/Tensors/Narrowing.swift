/// Narrowing of binary32 numbers to a stored type: round to nearest, ties to even.
package enum Narrowing {
  /// The little-endian bytes of `elements` in `type`.
  ///
  /// - Throws: ``TensorError/notAWeightType(_:)`` for any type but F32, F16 and BF16.
  package static func bytes(
    of elements: some Collection<Float>, as type: ElementType
  ) throws -> [UInt8] {
    switch type {
    case .float32: littleEndian(elements.lazy.map(\.bitPattern))
    case .float16: littleEndian(elements.lazy.map { binary16($0) })
    case .bfloat16: littleEndian(elements.lazy.map { bfloat16($0) })
    default: throw TensorError.notAWeightType(type)
    }
  }

  /// The bfloat16 nearest to `value`, as bits; a NaN stays a NaN.
  package static func bfloat16(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    if value.isNaN { return UInt16(truncatingIfNeeded: bits >> 16) | 0x0040 }
    // Adds half a unit less one, and one more where the kept part is odd; a carry into the exponent
    // is the right answer.
    let rounded = bits + 0x7FFF + ((bits >> 16) & 1)
    return UInt16(truncatingIfNeeded: rounded >> 16)
  }

  /// The binary16 nearest to `value`, as bits; a NaN stays a NaN. Written in integers because not
  /// every machine's `Float16` conversion is to be had.
  package static func binary16(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    let sign = UInt16(truncatingIfNeeded: (bits >> 16) & 0x8000)
    let magnitude = bits & 0x7FFF_FFFF
    if magnitude > 0x7F80_0000 { return sign | 0x7E00 }
    // 65520 and above round to infinity.
    if magnitude >= 0x477F_F000 { return sign | 0x7C00 }
    if magnitude >= 0x3880_0000 {
      // Normal: rebias the exponent by 127 − 15 and round 13 bits away.
      let rebiased = magnitude - (112 << 23)
      let rounded = rebiased + 0x0FFF + ((rebiased >> 13) & 1)
      return sign | UInt16(truncatingIfNeeded: rounded >> 13)
    }
    // Subnormal: the significand in units of 2⁻²⁴.
    let exponent = Int(magnitude >> 23)
    let shift = 126 - exponent
    if shift > 24 { return sign }
    let significand = (magnitude & 0x007F_FFFF) | 0x0080_0000
    let kept = significand >> UInt32(shift)
    let rest = significand & ((1 << UInt32(shift)) - 1)
    let half: UInt32 = 1 << UInt32(shift - 1)
    let up = rest > half || (rest == half && kept & 1 == 1)
    return sign | UInt16(truncatingIfNeeded: kept + (up ? 1 : 0))
  }

  private static func littleEndian<Word: FixedWidthInteger>(
    _ words: some Collection<Word>
  ) -> [UInt8] {
    let size = MemoryLayout<Word>.size
    return .init(unsafeUninitializedCapacity: words.count * size) { buffer, count in
      let raw = UnsafeMutableRawBufferPointer(buffer)
      for (index, word) in words.enumerated() {
        raw.storeBytes(of: word.littleEndian, toByteOffset: index * size, as: Word.self)
      }
      count = words.count * size
    }
  }
}

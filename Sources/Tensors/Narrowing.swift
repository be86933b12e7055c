/// Narrowing of binary32 numbers to a stored type: round to nearest, ties to even.
package enum Narrowing {
  /// The little-endian bytes of `elements` in `type`.
  ///
  /// - Throws: ``TensorError/notAWeightType(_:)`` for any type but F32, F16 and BF16.
  package static func bytes(
    of elements: UnsafeBufferPointer<Float>, as type: ElementType
  ) throws -> [UInt8] {
    guard [.float32, .bfloat16, .float16].contains(type) else {
      throw TensorError.notAWeightType(type)
    }
    let width = type.bytesPerBlock
    return [UInt8](unsafeUninitializedCapacity: elements.count * width) { buffer, count in
      let target = UnsafeMutableRawBufferPointer(buffer)
      for (index, element) in elements.enumerated() {
        switch type {
        case .float32:
          target.storeBytes(
            of: element.bitPattern.littleEndian, toByteOffset: 4 * index, as: UInt32.self)
        case .bfloat16:
          target.storeBytes(
            of: bfloat16(element).littleEndian, toByteOffset: 2 * index, as: UInt16.self)
        default:
          target.storeBytes(
            of: binary16(element).littleEndian, toByteOffset: 2 * index, as: UInt16.self)
        }
      }
      count = elements.count * width
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
}

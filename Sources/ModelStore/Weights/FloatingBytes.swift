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

  /// The little-endian bytes of numbers narrowed to `elementType`: round to nearest, ties to even.
  ///
  /// The same as ``Tensors/Narrowing/bytes(of:as:)``, in loops of concrete types: those of a generic
  /// function of another module cost fifty times as much, which whole models feel.
  ///
  /// - Throws: ``Tensors/TensorError/notAWeightType(_:)`` for any type but F32, F16 and BF16.
  static func narrowing(
    _ elements: UnsafeBufferPointer<Float>, to elementType: ElementType
  ) throws -> [UInt8] {
    let width = elementType.bytesPerBlock
    guard [.float32, .bfloat16, .float16].contains(elementType) else {
      throw TensorError.notAWeightType(elementType)
    }
    return [UInt8](unsafeUninitializedCapacity: elements.count * width) { buffer, count in
      let target = UnsafeMutableRawBufferPointer(buffer)
      for (index, element) in elements.enumerated() {
        switch elementType {
        case .float32:
          target.storeBytes(
            of: element.bitPattern.littleEndian, toByteOffset: 4 * index, as: UInt32.self)
        case .bfloat16:
          target.storeBytes(
            of: Narrowing.bfloat16(element).littleEndian, toByteOffset: 2 * index, as: UInt16.self)
        default:
          target.storeBytes(
            of: Narrowing.binary16(element).littleEndian, toByteOffset: 2 * index, as: UInt16.self)
        }
      }
      count = elements.count * width
    }
  }
}

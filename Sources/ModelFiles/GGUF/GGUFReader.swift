/// A fault and the byte of the file at which it was noticed.
struct GGUFSyntaxError: Error {
  let fault: GGUFFault
  let offset: Int
}

/// Reads the little-endian items of a GGUF file one after another, never past its end.
struct GGUFReader {
  let bytes: UnsafeRawBufferPointer
  private(set) var position = 0

  /// Arrays in arrays; no known key has any.
  private static let depthLimit = 4

  init(bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes
  }

  var remaining: Int { bytes.count - position }

  func failure(_ fault: GGUFFault) -> GGUFSyntaxError {
    GGUFSyntaxError(fault: fault, offset: position)
  }

  mutating func integer<Integer: FixedWidthInteger & BitwiseCopyable>(
    _ type: Integer.Type = Integer.self, of part: String
  ) throws(GGUFSyntaxError) -> Integer {
    let size = MemoryLayout<Integer>.size
    guard size <= remaining else { throw failure(.unexpectedEnd(reading: part)) }
    let value = bytes.loadUnaligned(fromByteOffset: position, as: Integer.self)
    position += size
    return Integer(littleEndian: value)
  }

  /// A 64-bit count of items that take at least `itemSize` bytes each. A count that the rest of the
  /// file cannot hold is refused before anything is allocated for it.
  mutating func count(
    of part: String, itemSize: Int
  ) throws(GGUFSyntaxError) -> Int {
    let start = position
    let count: UInt64 = try integer(of: part)
    guard count <= UInt64(remaining / itemSize) else {
      throw GGUFSyntaxError(fault: .countTooLarge(of: part, count: count), offset: start)
    }
    return Int(count)
  }

  /// A string: 64-bit length, then UTF-8.
  mutating func string(of part: String) throws(GGUFSyntaxError) -> String {
    let count = try count(of: part, itemSize: 1)
    let content = UnsafeRawBufferPointer(rebasing: bytes[position..<(position + count)])
    guard let text = String(validating: content, as: UTF8.self) else {
      throw failure(.invalidUTF8(in: part))
    }
    position += count
    return text
  }

  /// The type and the value of the metadata entry `key`.
  mutating func value(key: String) throws(GGUFSyntaxError) -> GGUFValue {
    try value(of: valueType(key: key), key: key, depth: 0)
  }

  private mutating func valueType(key: String) throws(GGUFSyntaxError) -> GGUFValueType {
    let start = position
    let number: UInt32 = try integer(of: key)
    guard let type = GGUFValueType(rawValue: number) else {
      throw GGUFSyntaxError(fault: .unknownValueType(key: key, type: number), offset: start)
    }
    return type
  }

  private mutating func value(
    of type: GGUFValueType, key: String, depth: Int
  ) throws(GGUFSyntaxError) -> GGUFValue {
    switch type {
    case .uint8: return .uint8(try integer(of: key))
    case .int8: return .int8(try integer(of: key))
    case .uint16: return .uint16(try integer(of: key))
    case .int16: return .int16(try integer(of: key))
    case .uint32: return .uint32(try integer(of: key))
    case .int32: return .int32(try integer(of: key))
    case .uint64: return .uint64(try integer(of: key))
    case .int64: return .int64(try integer(of: key))
    case .float32: return .float32(Float(bitPattern: try integer(of: key)))
    case .float64: return .float64(Double(bitPattern: try integer(of: key)))
    case .string: return .string(try string(of: key))
    case .bool:
      let byte: UInt8 = try integer(of: key)
      guard byte <= 1 else {
        throw GGUFSyntaxError(fault: .invalidBool(key: key), offset: position - 1)
      }
      return .bool(byte == 1)
    case .array:
      guard depth < Self.depthLimit else {
        throw failure(.tooDeep(key: key, limit: Self.depthLimit))
      }
      let elementType = try valueType(key: key)
      let count = try count(of: key, itemSize: elementType.smallestByteCount)
      var elements: [GGUFValue] = []
      elements.reserveCapacity(count)
      for _ in 0..<count {
        elements.append(try value(of: elementType, key: key, depth: depth + 1))
      }
      return .array(elementType, elements)
    }
  }
}

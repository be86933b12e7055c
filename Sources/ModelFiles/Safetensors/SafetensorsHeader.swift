package import Tensors

/// A tensor as a file stores it.
package struct StoredTensor: Equatable, Sendable {
  package let name: String
  package let elementType: ElementType
  /// Outermost dimension first; empty for a scalar.
  package let shape: [Int]
  /// Where the tensor's bytes begin, counted from the start of the file. Need not be aligned.
  package let byteOffset: Int
  package let byteCount: Int

  package init(
    name: String, elementType: ElementType, shape: [Int], byteOffset: Int, byteCount: Int
  ) {
    self.name = name
    self.elementType = elementType
    self.shape = shape
    self.byteOffset = byteOffset
    self.byteCount = byteCount
  }

  /// The number of elements.
  package var count: Int { byteCount / elementType.bytesPerBlock * elementType.elementsPerBlock }
}

/// The header of a safetensors file, checked against the length of the file.
///
/// Layout: 8 bytes little-endian length *n*; *n* bytes of JSON that begin with `{`; then the data,
/// which the tensors fill without hole or overlap from its first byte to the end of the file.
struct SafetensorsHeader {
  /// The format's own limit; it keeps a forged length from costing memory.
  static let byteLimit = 100_000_000

  private(set) var metadata: [String: String] = [:]
  /// In the order of their bytes.
  private(set) var tensors: [StoredTensor] = []

  /// - Throws: `SafetensorsFault`.
  init(file bytes: UnsafeRawBufferPointer) throws(SafetensorsFault) {
    guard bytes.count >= 8 else { throw .noHeaderLength }
    let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
    guard length <= UInt64(Self.byteLimit) else { throw .headerTooLong(length: length) }
    let dataStart = 8 + Int(length)
    guard dataStart <= bytes.count else { throw .headerBeyondFile(length: length) }

    let header = UnsafeRawBufferPointer(rebasing: bytes[8..<dataStart])
    guard header.first == UInt8(ascii: "{") else { throw .headerNotObject }
    try read(SafetensorsHeader.parse(header), dataStart: dataStart)
    try checkContiguous(from: dataStart, to: bytes.count)
  }

  private static func parse(
    _ header: UnsafeRawBufferPointer
  ) throws(SafetensorsFault) -> JSONObject {
    var parser = JSONParser(bytes: header)
    let value: JSONValue
    do {
      value = try parser.parseText()
    } catch {
      throw .headerNotJSON(error.fault, offset: error.offset)
    }
    guard let object = value.objectValue else { throw .headerNotObject }
    return object
  }

  private mutating func read(
    _ header: JSONObject, dataStart: Int
  ) throws(SafetensorsFault) {
    tensors.reserveCapacity(header.count)
    for member in header.members {
      if member.name == "__metadata__" {
        guard let entries = member.value.objectValue else { throw .metadataNotText(key: nil) }
        for entry in entries.members {
          guard let text = entry.value.stringValue else { throw .metadataNotText(key: entry.name) }
          metadata[entry.name] = text
        }
      } else {
        tensors.append(try Self.tensor(member.name, member.value, dataStart: dataStart))
      }
    }
  }

  private static func tensor(
    _ name: String, _ value: JSONValue, dataStart: Int
  ) throws(SafetensorsFault) -> StoredTensor {
    guard let entry = value.objectValue else { throw .entryNotObject(tensor: name) }
    guard let typeName = entry["dtype"]?.stringValue else { throw .noElementType(tensor: name) }
    // The block-quantised types are GGML's; in a safetensors file their names mean nothing.
    guard let type = ElementType(rawValue: typeName), type.elementsPerBlock == 1 else {
      throw .unknownElementType(tensor: name, type: typeName)
    }
    guard let shape = wholeNumbers(entry["shape"]) else { throw .invalidShape(tensor: name) }
    guard let offsets = wholeNumbers(entry["data_offsets"]), offsets.count == 2 else {
      throw .invalidOffsets(tensor: name)
    }
    guard let byteCount = byteCount(of: type, shape: shape) else {
      throw .sizeOverflow(tensor: name)
    }
    // Neither difference nor sum can overflow: both offsets are non-negative, and one beyond the
    // file is noticed before anything is added to it.
    guard offsets[1] - offsets[0] == byteCount else {
      throw .sizeMismatch(tensor: name, offsets: offsets[1] - offsets[0], shape: byteCount)
    }
    let (start, overflow) = dataStart.addingReportingOverflow(offsets[0])
    guard !overflow else { throw .sizeOverflow(tensor: name) }
    return StoredTensor(
      name: name, elementType: type, shape: shape, byteOffset: start, byteCount: byteCount)
  }

  private static func wholeNumbers(_ value: JSONValue?) -> [Int]? {
    guard let elements = value?.arrayValue else { return nil }
    let numbers = elements.compactMap(\.integerValue)
    return numbers.count == elements.count && numbers.allSatisfy { $0 >= 0 } ? numbers : nil
  }

  /// The bytes of a tensor, or `nil` where any partial product overflows, even if a later zero
  /// would undo it: the reader that multiplies in another order must come to the same verdict.
  static func byteCount(of type: ElementType, shape: [Int]) -> Int? {
    var count = 1
    for dimension in shape {
      guard dimension >= 0 else { return nil }
      let (product, overflow) = count.multipliedReportingOverflow(by: dimension)
      guard !overflow else { return nil }
      count = product
    }
    return type.byteCount(elements: count)
  }

  /// Orders the tensors by their bytes and checks that they cover the data exactly.
  private mutating func checkContiguous(
    from dataStart: Int, to fileEnd: Int
  ) throws(SafetensorsFault) {
    tensors.sort {
      ($0.byteOffset, $0.byteCount, $0.name) < ($1.byteOffset, $1.byteCount, $1.name)
    }
    var end = dataStart
    for tensor in tensors {
      guard tensor.byteOffset == end else {
        throw .notContiguous(
          tensor: tensor.name, begin: tensor.byteOffset - dataStart, expected: end - dataStart)
      }
      let (next, overflow) = end.addingReportingOverflow(tensor.byteCount)
      guard !overflow else { throw .sizeOverflow(tensor: tensor.name) }
      end = next
    }
    guard end == fileEnd else {
      throw .dataLength(expected: end - dataStart, found: fileEnd - dataStart)
    }
  }
}

/// A tensor as a GGUF file stores it.
package struct GGUFTensor: Equatable, Sendable {
  package let name: String
  package let type: GGMLType
  /// Outermost dimension first, that is: GGML's `ne` reversed. A matrix is rows × columns, and a
  /// row lies in one piece.
  package let shape: [Int]
  /// Where the tensor's bytes begin, counted from the start of the file.
  package let byteOffset: Int
  package let byteCount: Int
}

/// Everything of a GGUF file before its tensor data, checked against the length of the file.
///
/// Layout, all little-endian: `GGUF`; version (u32); number of tensors, number of metadata entries
/// (u64 each); the metadata (key, type, value); per tensor its name, number of dimensions (u32),
/// dimensions (u64, innermost first), type (u32), offset (u64) from the start of the data; padding
/// to `general.alignment`; the data.
struct GGUFDirectory {
  static let magic = Array("GGUF".utf8)
  private static let defaultAlignment = 32

  private(set) var version: UInt32
  private(set) var metadata: [(key: String, value: GGUFValue)] = []
  private(set) var tensors: [GGUFTensor] = []

  init(file bytes: UnsafeRawBufferPointer) throws(GGUFSyntaxError) {
    guard bytes.starts(with: Self.magic) else { throw GGUFSyntaxError(fault: .noMagic, offset: 0) }
    var reader = GGUFReader(bytes: bytes)
    _ = try reader.integer(UInt32.self, of: "magic")
    version = try reader.integer(of: "version")
    guard version == 2 || version == 3 else {
      throw GGUFSyntaxError(fault: .unsupportedVersion(version), offset: 4)
    }
    // An entry takes at least a key's length, a type and one byte; a tensor at least a name's
    // length, its counts, one dimension and its offset.
    let tensorCount = try reader.count(of: "tensor count", itemSize: 8 + 4 + 8 + 4 + 8)
    let entryCount = try reader.count(of: "metadata count", itemSize: 8 + 4 + 1)
    try readMetadata(entryCount, from: &reader)
    try readTensors(tensorCount, from: &reader)
  }

  private mutating func readMetadata(
    _ count: Int, from reader: inout GGUFReader
  ) throws(GGUFSyntaxError) {
    var keys: Set<UTF8Key> = []
    for _ in 0..<count {
      let start = reader.position
      let key = try reader.string(of: "metadata key")
      guard keys.insert(UTF8Key(key)).inserted else {
        throw GGUFSyntaxError(fault: .duplicateKey(key), offset: start)
      }
      metadata.append((key, try reader.value(key: key)))
    }
  }

  private func alignment() -> Int? {
    guard let value = metadata.first(where: { $0.key == "general.alignment" })?.value else {
      return Self.defaultAlignment
    }
    guard let alignment = value.integerValue, alignment > 0, alignment.isMultiple(of: 8) else {
      return nil
    }
    return alignment
  }

  private mutating func readTensors(
    _ count: Int, from reader: inout GGUFReader
  ) throws(GGUFSyntaxError) {
    guard let alignment = alignment() else { throw reader.failure(.invalidAlignment) }
    var names: Set<UTF8Key> = []
    var listed: [(tensor: GGUFTensor, relativeOffset: UInt64, entry: Int)] = []
    for _ in 0..<count {
      let entry = reader.position
      let (tensor, offset) = try Self.readTensor(from: &reader)
      guard names.insert(UTF8Key(tensor.name)).inserted else {
        throw GGUFSyntaxError(fault: .duplicateTensor(tensor.name), offset: entry)
      }
      listed.append((tensor, offset, entry))
    }

    // The data begins at the next multiple of the alignment; its own length may be zero.
    let padding = (alignment - reader.position % alignment) % alignment
    let (dataStart, overflow) = reader.position.addingReportingOverflow(padding)
    for (tensor, offset, entry) in listed {
      func failure(_ fault: GGUFFault) -> GGUFSyntaxError {
        GGUFSyntaxError(fault: fault, offset: entry)
      }
      guard offset.isMultiple(of: UInt64(alignment)) else {
        throw failure(.misaligned(tensor: tensor.name, offset: offset))
      }
      guard !overflow, dataStart <= reader.bytes.count,
        let available = Int(exactly: offset).map({ reader.bytes.count - dataStart - $0 }),
        tensor.byteCount <= available
      else { throw failure(.tensorBeyondFile(tensor: tensor.name)) }
      tensors.append(
        GGUFTensor(
          name: tensor.name, type: tensor.type, shape: tensor.shape,
          byteOffset: dataStart + Int(offset), byteCount: tensor.byteCount))
    }
    try checkDisjoint()
  }

  /// One entry of the directory, its byte offset still relative to the data.
  private static func readTensor(
    from reader: inout GGUFReader
  ) throws(GGUFSyntaxError) -> (GGUFTensor, offset: UInt64) {
    let entry = reader.position
    let name = try reader.string(of: "tensor name")
    func failure(_ fault: GGUFFault) -> GGUFSyntaxError {
      GGUFSyntaxError(fault: fault, offset: entry)
    }
    let dimensions: UInt32 = try reader.integer(of: name)
    guard (1...4).contains(dimensions) else {
      throw failure(.invalidDimensionCount(tensor: name, count: dimensions))
    }
    var innermostFirst: [Int] = []
    for _ in 0..<dimensions {
      guard let dimension = Int(exactly: try reader.integer(UInt64.self, of: name)) else {
        throw failure(.sizeOverflow(tensor: name))
      }
      innermostFirst.append(dimension)
    }
    let number: UInt32 = try reader.integer(of: name)
    guard let type = GGMLType(number: number) else {
      throw failure(.unknownTensorType(tensor: name, type: number))
    }
    let offset: UInt64 = try reader.integer(of: name)

    let rowLength = innermostFirst[0]
    guard rowLength.isMultiple(of: type.elementsPerBlock) else {
      throw failure(.partialBlock(tensor: name, rowLength: rowLength))
    }
    var byteCount = type.bytesPerBlock
    for factor in [rowLength / type.elementsPerBlock] + innermostFirst.dropFirst() {
      let (product, overflow) = byteCount.multipliedReportingOverflow(by: factor)
      guard !overflow else { throw failure(.sizeOverflow(tensor: name)) }
      byteCount = product
    }
    let tensor = GGUFTensor(
      name: name, type: type, shape: innermostFirst.reversed(), byteOffset: 0, byteCount: byteCount)
    return (tensor, offset)
  }

  /// Unlike safetensors, GGUF allows gaps (padding), but no two tensors may share bytes.
  private func checkDisjoint() throws(GGUFSyntaxError) {
    let ordered = tensors.filter { $0.byteCount > 0 }.sorted { $0.byteOffset < $1.byteOffset }
    for (first, second) in zip(ordered, ordered.dropFirst())
    where first.byteOffset + first.byteCount > second.byteOffset {
      throw GGUFSyntaxError(
        fault: .overlap(first: first.name, second: second.name), offset: second.byteOffset)
    }
  }
}

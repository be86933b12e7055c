package import Tensors

/// Writes one safetensors file as a stream: all names, types and shapes first, then the bytes.
///
/// The file depends on what it holds alone, not on the order of the calls: tensors lie sorted by
/// decreasing element size (so that each is aligned to its elements) and then by name, the header
/// lists them in that order behind the sorted metadata and is padded with spaces to a multiple of
/// eight bytes. The file appears under its name only when it is complete and on disk.
package final class SafetensorsWriter {
  /// A tensor about to be written.
  package struct Announcement: Equatable, Sendable {
    package let name: String
    package let elementType: ElementType
    /// Outermost dimension first.
    package let shape: [Int]

    package init(name: String, elementType: ElementType, shape: [Int]) {
      self.name = name
      self.elementType = elementType
      self.shape = shape
    }
  }

  /// The tensors in the order in which their bytes have to be given.
  package let layout: [StoredTensor]

  private let path: String
  private let file: AtomicFile
  /// The tensor whose turn it is, and how many of its bytes are written.
  private var turn = 0
  private var written = 0

  /// Creates the file and writes its header.
  ///
  /// - Throws: `ModelFileError.unsupportedElementType` for a type that safetensors does not have
  ///   (the block-quantised ones); `ModelFileError.inconsistentWrite` for one name twice or an
  ///   impossible shape; `ModelFileError.inputOutput`.
  package init(
    path: String, tensors: [Announcement], metadata: [String: String] = [:]
  ) throws {
    self.path = path
    let (header, layout) = try Self.layOut(tensors, metadata: metadata, path: path)
    self.layout = layout
    file = try AtomicFile(path: path)
    try header.withUnsafeBytes { try file.append($0) }
    skipEmptyTensors()
  }

  /// Appends bytes of the tensor `name`, which has to be the one whose turn it is in ``layout``; a
  /// tensor may come in several pieces.
  ///
  /// - Throws: `ModelFileError.inconsistentWrite`, `ModelFileError.inputOutput`.
  package func append(_ bytes: UnsafeRawBufferPointer, to name: String) throws {
    guard turn < layout.count, UTF8Key(layout[turn].name) == UTF8Key(name) else {
      // An empty piece of an empty tensor, whose turn is passed over, is no mistake.
      if bytes.isEmpty { return }
      let expected = turn < layout.count ? layout[turn].name : nil
      throw failure(.outOfTurn(given: name, expected: expected))
    }
    guard bytes.count <= layout[turn].byteCount - written else {
      throw failure(.tooManyBytes(name))
    }
    try file.append(bytes)
    written += bytes.count
    if written == layout[turn].byteCount {
      turn += 1
      written = 0
      skipEmptyTensors()
    }
  }

  /// Completes the file.
  ///
  /// - Throws: `ModelFileError.inconsistentWrite` where bytes are missing;
  ///   `ModelFileError.inputOutput`. The destination is then what it was before.
  package func finish() throws {
    guard turn == layout.count else { throw failure(.incomplete(layout[turn].name)) }
    try file.finish()
  }

  private func skipEmptyTensors() {
    while turn < layout.count, layout[turn].byteCount == 0 { turn += 1 }
  }

  private func failure(_ fault: WriteFault) -> ModelFileError {
    .inconsistentWrite(path: path, fault: fault)
  }

  private static func layOut(
    _ tensors: [Announcement], metadata: [String: String], path: String
  ) throws -> (header: [UInt8], layout: [StoredTensor]) {
    let ordered = tensors.sorted {
      let (left, right) = ($0.elementType.bytesPerBlock, $1.elementType.bytesPerBlock)
      return left != right ? left > right : $0.name.utf8.lexicographicallyPrecedes($1.name.utf8)
    }
    var header = JSONObject()
    if !metadata.isEmpty {
      let entries = metadata.sorted { $0.key < $1.key }
      header.append(
        .init("__metadata__", .object(JSONObject(entries.map { .init($0.key, .string($0.value)) })))
      )
    }
    var end = 0
    var placed: [(tensor: Announcement, begin: Int, byteCount: Int)] = []
    for tensor in ordered {
      func failure(_ fault: WriteFault) -> ModelFileError {
        .inconsistentWrite(path: path, fault: fault)
      }
      guard tensor.elementType.elementsPerBlock == 1 else {
        throw ModelFileError.unsupportedElementType(
          path: path, tensor: tensor.name, type: tensor.elementType.rawValue)
      }
      guard
        let byteCount = SafetensorsHeader.byteCount(of: tensor.elementType, shape: tensor.shape),
        case (let next, let overflow) = end.addingReportingOverflow(byteCount), !overflow
      else { throw failure(.impossibleShape(tensor.name)) }
      let entry = JSONObject([
        .init("dtype", .string(tensor.elementType.rawValue)),
        .init("shape", .array(tensor.shape.map { .integer(Int64($0)) })),
        .init("data_offsets", .array([.integer(Int64(end)), .integer(Int64(next))])),
      ])
      guard tensor.name != "__metadata__", header.append(.init(tensor.name, .object(entry))) else {
        throw failure(.duplicateTensor(tensor.name))
      }
      placed.append((tensor, end, byteCount))
      end = next
    }

    var text = Array(JSONValue.object(header).text().utf8)
    text += Array(repeating: UInt8(ascii: " "), count: (8 - text.count % 8) % 8)
    var bytes = withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) }
    bytes += text
    let layout = placed.map {
      StoredTensor(
        name: $0.tensor.name, elementType: $0.tensor.elementType, shape: $0.tensor.shape,
        byteOffset: bytes.count + $0.begin, byteCount: $0.byteCount)
    }
    return (bytes, layout)
  }
}

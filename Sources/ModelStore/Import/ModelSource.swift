import Foundation
import ModelFiles
import ObjectModel
import ObjectStore
import Tensors

/// A model in files, as an import sees it: tensors under Hugging Face's names and in its layout, and
/// the files beside them.
struct ModelSource {
  /// One tensor where it lies.
  struct Tensor {
    let name: String
    let elementType: ElementType
    let shape: [Int]
    /// All bytes as stored; valid while `file` lives.
    let bytes: UnsafeRawBufferPointer
    let rowOrder: RowOrder
    let file: MappedFile
    let byteOffset: Int
  }

  /// A file kept beside the weights.
  struct SideFile {
    enum Content {
      case mapped(MappedFile)
      case made(String)
    }
    let name: String
    let content: Content
  }

  /// The last component of the path.
  let name: String
  let format: SourceFormat
  /// The directory that the model's own files lie in, absolute.
  let directory: String
  /// The class of the model, or `unknown` where no configuration tells.
  var architecture = "unknown"
  var tensors: [Tensor] = []
  var files: [SideFile] = []
  /// What could not be taken over and can be done without.
  var omissions: [ModelFileError] = []
}

/// The formats that models are imported from, as manifests spell them.
enum SourceFormat: String {
  case gguf
  case safetensors
}

extension ModelSource {
  /// Opens a `.gguf` file, a `.safetensors` file or a Hugging Face directory.
  ///
  /// - Throws: ``ModelFiles/ModelFileError``, `.notAModel` where the path is none of these.
  init(path: String) throws {
    let url = URL(fileURLWithPath: path).standardizedFileURL
    var isDirectory: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: url.path, isDirectory: &isDirectory)
    if exists, !isDirectory.boolValue {
      if try GGUFFile.isGGUF(path: url.path) {
        try self.init(gguf: url, path: path)
        return
      }
      guard url.pathExtension == "safetensors" else { throw ModelFileError.notAModel(path: path) }
    }
    try self.init(safetensors: url, isDirectory: isDirectory.boolValue)
  }

  /// Refuses a tensor whose elements nothing here can read. Tables of integers and truth values
  /// (position ids, attention masks) are kept as they are, unless they are weights: those would be of
  /// a quantised model whose scales lie elsewhere.
  static func requireStorable(_ tensor: StoredTensor, path: String) throws {
    switch tensor.elementType {
    case .float32, .float16, .bfloat16, .eightBitBlocks, .fourBitBlocks, .fourBitBlocksWithMinimum:
      return
    case .int64, .int32, .int16, .int8, .uint64, .uint32, .uint16, .uint8, .bool:
      if !tensor.name.hasSuffix(".weight") { return }
    case .float64, .float8e4m3, .float8e5m2, .complex64: break
    }
    throw ModelFileError.unsupportedElementType(
      path: path, tensor: tensor.name, type: tensor.elementType.rawValue)
  }
}

extension ModelSource.Tensor {
  /// The bytes in Hugging Face's order, cut for chunks of whole rows.
  ///
  /// - Parameter willRead: called with the number of bytes about to be handed out.
  func blobSource(willRead: @escaping (Int) throws -> Void = { _ in }) -> BlobSource {
    let rows = GatheredRows(bytes: bytes, shape: shape, order: rowOrder)
    return BlobSource(byteCount: bytes.count, rowBytes: rowBytes) { range, body in
      try willRead(range.count)
      try rows.withBytes(range, body)
    }
  }

  /// The bytes as they lie in the file, cut in the same way.
  func storedBlobSource(willRead: @escaping (Int) throws -> Void) -> BlobSource {
    let bytes = bytes
    return BlobSource(byteCount: bytes.count, rowBytes: rowBytes) { range, body in
      try willRead(range.count)
      try body(UnsafeRawBufferPointer(rebasing: bytes[range]))
    }
  }

  private var rowBytes: Int {
    let rows = MatrixShape(shape).rows
    return rows > 0 ? max(1, bytes.count / rows) : 1
  }
}

extension ModelSource.SideFile {
  func blobSource(willRead: @escaping (Int) throws -> Void) -> BlobSource {
    let source: (Range<Int>, (UnsafeRawBufferPointer) throws -> Void) throws -> Void
    switch content {
    case .mapped(let file):
      source = { range, body in try body(UnsafeRawBufferPointer(rebasing: file.bytes[range])) }
    case .made(let text):
      let bytes = Array(text.utf8)
      source = { range, body in
        try bytes.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[range])) }
      }
    }
    return BlobSource(byteCount: byteCount) { range, body in
      try willRead(range.count)
      try source(range, body)
    }
  }

  var byteCount: Int {
    switch content {
    case .mapped(let file): file.bytes.count
    case .made(let text): text.utf8.count
    }
  }
}

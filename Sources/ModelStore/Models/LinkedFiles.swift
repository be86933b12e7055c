import Glibc
import ModelFiles
package import ObjectModel
package import ObjectStore
import Synchronization

/// The weights of a linked model, read from the model's own files.
///
/// The files may have changed since they were imported, so each tensor is checked against the hashes
/// of its manifest when it is first read. A file that is changed in place later goes unnoticed until
/// the next process; files that are replaced keep their old content for whoever has them open.
final class LinkedFiles: Sendable {
  private let directory: String
  /// Whether the rows of some tensors lie in another order than Hugging Face's.
  private let isGGUF: Bool
  private let state = Mutex(State())

  private struct TensorPlace: Hashable {
    let name: String
    let byteOffset: Int
  }

  private struct State {
    var files: [String: MappedFile] = [:]
    /// By file; see ``LinkedFiles/rowOrder(of:in:)``.
    var rowOrders: [String: [TensorPlace: RowOrder]] = [:]
    /// Tensors whose bytes have been checked.
    var checked: Set<String> = []
    /// Copies of tensors whose rows had to move.
    var reordered: [String: ByteStorage] = [:]
  }

  /// `nil` where the model is not linked.
  ///
  /// - Parameter place: where the files are; `nil` for where they were imported from.
  init?(_ manifest: ModelManifest, in place: String?) {
    guard case .linked(let path) = manifest.storage else { return nil }
    directory = place ?? path
    isGGUF = manifest.sourceFormat == SourceFormat.gguf.rawValue
  }

  /// The bytes of a tensor in Hugging Face's order.
  ///
  /// Those of a GGUF's query and key matrices, whose rows lie in another order, are copied and kept;
  /// all others are the file's own pages.
  ///
  /// - Throws: ``ModelStoreError/linkedFileChanged(path:tensor:)``,
  ///   ``ModelStoreError/linkedFileMissing(path:)``, ``ModelFiles/ModelFileError``.
  func bytes(of tensor: ModelManifest.Tensor) throws -> StoredBytes {
    let storage = state.withLock { $0.reordered[tensor.name] }
    if let storage { return StoredBytes(segments: [storage.bytes], owner: storage) }
    let (file, segments) = try stored(tensor)
    if !state.withLock({ $0.checked.contains(tensor.name) }) {
      for (segment, id) in zip(segments, tensor.blob.chunks)
      where ChunkID(contentDigest(of: segment)) != id {
        throw ModelStoreError.linkedFileChanged(path: file.path, tensor: tensor.name)
      }
      state.withLock { _ = $0.checked.insert(tensor.name) }
    }
    let order = try rowOrder(of: tensor, in: file)
    if order == .asStored { return StoredBytes(segments: segments, owner: file) }
    return try reorder(tensor, order, segments)
  }

  /// Checks the tensor's bytes against the SHA-256 of its manifest.
  ///
  /// - Throws: ``ModelStoreError/linkedFileChanged(path:tensor:)``,
  ///   ``ModelStoreError/linkedFileMissing(path:)``, ``ModelFiles/ModelFileError``.
  func verify(_ tensor: ModelManifest.Tensor) throws {
    let (file, segments) = try stored(tensor)
    guard ContentHash(of: segments) == tensor.blob.sha256 else {
      throw ModelStoreError.linkedFileChanged(path: file.path, tensor: tensor.name)
    }
  }

  private func file(_ name: String) throws -> MappedFile {
    if let file = state.withLock({ $0.files[name] }) { return file }
    let path = "\(directory)/\(name)"
    let file: MappedFile
    do {
      file = try MappedFile(path: path)
    } catch ModelFileError.inputOutput(_, ENOENT) {
      throw ModelStoreError.linkedFileMissing(path: path)
    }
    return state.withLock { state in
      // Another thread may have been first, and its mapping is the one to share.
      if let first = state.files[name] { return first }
      state.files[name] = file
      return file
    }
  }

  /// The file that holds the tensor, and the chunks of its bytes there.
  private func stored(
    _ tensor: ModelManifest.Tensor
  ) throws -> (file: MappedFile, segments: [UnsafeRawBufferPointer]) {
    guard let location = tensor.location else {
      throw ModelStoreError.linkedFileChanged(path: directory, tensor: tensor.name)
    }
    let file = try file(location.file)
    let (end, overflow) = location.byteOffset.addingReportingOverflow(tensor.blob.byteCount)
    guard !overflow, location.byteOffset >= 0, end <= file.bytes.count else {
      throw ModelStoreError.linkedFileChanged(path: file.path, tensor: tensor.name)
    }
    let bytes = UnsafeRawBufferPointer(rebasing: file.bytes[location.byteOffset..<end])
    let segments = tensor.blob.chunks.indices.map {
      UnsafeRawBufferPointer(rebasing: bytes[tensor.blob.layout.range(ofChunk: $0)])
    }
    return (file, segments)
  }

  /// How the tensor's rows lie, which in a GGUF only the file itself tells.
  private func rowOrder(
    of tensor: ModelManifest.Tensor, in file: MappedFile
  ) throws -> RowOrder {
    guard isGGUF, let location = tensor.location else { return .asStored }
    let known = state.withLock { $0.rowOrders[location.file] }
    let orders: [TensorPlace: RowOrder]
    if let known {
      orders = known
    } else {
      let tensors = try GGUFModel(path: file.path).tensors.map { tensor in
        (TensorPlace(name: tensor.name, byteOffset: tensor.stored.byteOffset), tensor.rowOrder)
      }
      orders = Dictionary(tensors, uniquingKeysWith: { first, _ in first })
      state.withLock { $0.rowOrders[location.file] = orders }
    }
    let place = TensorPlace(name: tensor.name, byteOffset: location.byteOffset)
    guard let order = orders[place] else {
      throw ModelStoreError.linkedFileChanged(path: file.path, tensor: tensor.name)
    }
    return order
  }

  private func reorder(
    _ tensor: ModelManifest.Tensor, _ order: RowOrder, _ segments: [UnsafeRawBufferPointer]
  ) throws -> StoredBytes {
    // The chunks lie one behind the other in the file.
    guard let start = segments.first?.baseAddress else {
      return StoredBytes(segments: segments, owner: self)
    }
    let whole = UnsafeRawBufferPointer(start: start, count: tensor.blob.byteCount)
    let rows = GatheredRows(bytes: whole, shape: tensor.shape, order: order)
    let storage = try rows.copied()
    state.withLock { $0.reordered[tensor.name] = storage }
    return StoredBytes(segments: [storage.bytes], owner: storage)
  }
}

extension ObjectStore {
  /// The property of the store that says where the files of a linked model are.
  static func linkedFilesProperty(_ model: ModelID) -> String { "linked.\(model.hex)" }

  /// Remembers where the files of a linked model are, for this store alone.
  ///
  /// - Throws: ``ObjectStore/ObjectStoreError``.
  package func relink(_ model: ModelID, to directory: String) throws {
    try write { try $0.setProperty(Self.linkedFilesProperty(model), to: directory) }
  }
}

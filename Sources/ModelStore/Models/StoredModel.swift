package import ModelFiles
package import ObjectModel
package import ObjectStore
import Synchronization
package import Tensors

/// A model in a store: its weights where they lie and the files beside them.
///
/// Every chunk is checked against its hash the first time this process reads it. Views point into the
/// store's map and keep the snapshot they come from alive.
package final class StoredModel: WeightProvider {
  package let id: ModelID
  package let manifest: ModelManifest
  private let store: ObjectStore
  /// Set where the weights lie in the model's own files.
  let linkedFiles: LinkedFiles?
  private let state: Mutex<State>

  private struct State {
    var snapshot: ReadSnapshot
    /// Views are asked for in every pass of a decoder.
    var views: [String: WeightView] = [:]
  }

  /// - Parameter directory: where the files of a linked model are; `nil` for where this store says, or else
  ///   its manifest.
  /// - Throws: ``ObjectStore/ObjectStoreError``.
  package init(id: ModelID, store: ObjectStore, linkedFilesIn directory: String? = nil) throws {
    let snapshot = try store.snapshot()
    let manifest = try snapshot.object(id)
    self.id = id
    self.store = store
    self.manifest = manifest
    linkedFiles = LinkedFiles(
      manifest,
      in: try directory
        ?? snapshot.properties(withPrefix: ObjectStore.linkedFilesProperty(id)).first?.value)
    state = Mutex(State(snapshot: snapshot))
  }

  /// The weight of that name; dimensions before the last count rows, a vector is one row.
  ///
  /// - Throws: ``ModelStoreError/unknownWeight(tensor:)``, ``Tensors/TensorError`` for a table of
  ///   integers, ``ModelStoreError/linkedFileChanged(path:tensor:)``,
  ///   ``ModelFiles/ModelFileError`` where a linked file cannot be opened, and
  ///   ``ObjectStore/ObjectStoreError`` where a chunk is missing or damaged.
  package func weight(named name: String) throws -> WeightView {
    if let view = state.withLock({ $0.views[name] }) { return view }
    let tensor = try tensor(named: name)
    let snapshot = snapshot
    let shape = MatrixShape(tensor.shape)
    let view = try bytes(of: tensor, in: snapshot).view(
      elementType: tensor.elementType, rows: shape.rows, columns: shape.columns)
    state.withLock { state in
      if state.snapshot === snapshot { state.views[name] = view }
    }
    return view
  }

  /// The manifest's entry of that name.
  ///
  /// - Throws: ``ModelStoreError/unknownWeight(tensor:)``.
  package func tensor(named name: String) throws -> ModelManifest.Tensor {
    guard let tensor = manifest.tensor(named: name) else {
      throw ModelStoreError.unknownWeight(tensor: name)
    }
    return tensor
  }

  /// The shape of a tensor that deltas can change, by factors where it is a matrix.
  ///
  /// - Throws: ``ModelStoreError/unknownWeight(tensor:)``,
  ///   ``ModelStoreError/notAWeightMatrix(tensor:shape:)`` for a table of integers.
  package func shape(ofWeight name: String) throws -> [Int] {
    let tensor = try tensor(named: name)
    guard tensor.elementType.isWeightType else {
      throw ModelStoreError.notAWeightMatrix(tensor: name, shape: tensor.shape)
    }
    return tensor.shape
  }

  /// The shape, `[out, in]`, of a matrix that deltas can change by factors.
  ///
  /// - Throws: ``ModelStoreError/unknownWeight(tensor:)``,
  ///   ``ModelStoreError/notAWeightMatrix(tensor:shape:)``.
  package func shape(ofMatrix name: String) throws -> [Int] {
    let shape = try shape(ofWeight: name)
    guard shape.count == 2 else {
      throw ModelStoreError.notAWeightMatrix(tensor: name, shape: shape)
    }
    return shape
  }

  /// A copy of a file kept beside the weights, such as `tokenizer.json`.
  ///
  /// - Throws: ``ModelStoreError/missingFile(name:)``, `ModelFileError` for one that is longer than any JSON
  ///   text may be, ``ObjectStore/ObjectStoreError``.
  package func file(named name: String) throws -> [UInt8] {
    guard let file = manifest.files.first(where: { $0.name == name }) else {
      throw ModelStoreError.missingFile(name: name)
    }
    // A manifest from elsewhere may claim any length, for the price of one chunk.
    guard file.blob.byteCount <= JSONValue.byteLimit else {
      throw ModelFileError.malformedJSON(
        path: name, fault: .tooLong(limit: JSONValue.byteLimit), offset: 0)
    }
    return try snapshot.readBlob(file.blob)
  }

  /// What `config.json` says.
  ///
  /// - Throws: as ``file(named:)``; ``ModelFiles/ModelFileError`` for a model of a kind that nothing
  ///   here can run.
  package func configuration() throws -> ModelConfiguration {
    let name = HuggingFaceFile.configuration
    return try ModelConfiguration(text: file(named: name), path: name)
  }

  /// Lets go of the snapshot, which keeps pages that later commits free from being used again, and
  /// takes one of the store as it is now. Views handed out keep what they need.
  ///
  /// - Throws: ``ObjectStore/ObjectStoreError``.
  package func renewSnapshot() throws {
    let snapshot = try store.snapshot()
    state.withLock { $0 = State(snapshot: snapshot) }
  }

  /// The snapshot that reads go to now.
  var snapshot: ReadSnapshot { state.withLock { $0.snapshot } }

  /// Calls `body` with the tensor's bytes in Hugging Face's order, chunk by chunk.
  func withBytes<Result>(
    of tensor: ModelManifest.Tensor, _ body: ([UnsafeRawBufferPointer]) throws -> Result
  ) throws -> Result {
    let bytes = try bytes(of: tensor, in: snapshot)
    return try withExtendedLifetime(bytes.owner) { try body(bytes.segments) }
  }

  private func bytes(
    of tensor: ModelManifest.Tensor, in snapshot: ReadSnapshot
  ) throws -> StoredBytes {
    if let linkedFiles { return try linkedFiles.bytes(of: tensor) }
    return StoredBytes(segments: try snapshot.segments(of: tensor.blob), owner: snapshot)
  }
}

package import ModelFiles
package import ObjectModel
package import ObjectStore

/// How far a long transfer of bytes has come.
package struct TransferProgress: Sendable, Equatable {
  package let bytesDone: Int
  package let bytesTotal: Int

  package init(bytesDone: Int, bytesTotal: Int) {
    self.bytesDone = bytesDone
    self.bytesTotal = bytesTotal
  }
}

/// Takes models from files into a store.
package struct ModelImporter {
  /// What an import has written.
  package struct Result: Sendable {
    package let id: ModelID
    package let manifest: ModelManifest
    /// What was left out because nothing here can use it: a tokenizer of an unknown kind.
    package let omissions: [ModelFileError]
  }

  private let store: ObjectStore

  package init(store: ObjectStore) {
    self.store = store
  }

  /// Imports the model at `path`: a `.gguf` or `.safetensors` file or a Hugging Face directory.
  ///
  /// Tensors get Hugging Face's names and layout; their bytes stay as they are, quantised ones too.
  /// The same model gives the same id and is stored once. Chunks are written first, in transactions
  /// of bounded size, and the manifest last, so that an import which ends early leaves nothing but
  /// chunks that nobody names and that the next attempt finds in place.
  ///
  /// - Parameters:
  ///   - linking: leaves the weights in the model's own files and records where they lie and what
  ///     they hash to.
  ///   - progress: called often; where it throws, the import ends.
  /// - Throws: ``ModelFiles/ModelFileError`` for a model that cannot be read, in particular
  ///   `.unsupportedElementType` naming the first tensor that cannot be kept;
  ///   ``ObjectStore/ObjectStoreError``; `CancellationError`, seen between chunks.
  /// - Complexity: O(bytes); the memory it takes does not depend on them.
  package func importModel(
    at path: String, linking: Bool = false,
    progress: @escaping (TransferProgress) throws -> Void = { _ in }
  ) throws -> Result {
    let source = try ModelSource(path: path)
    let progress = ImportProgress(source, linking: linking, report: progress)
    // The files beside the weights are small and belong into the store even where those do not.
    let files = try store.writeBlobs(
      source.files.map { $0.blobSource(willRead: progress.willRead(timesInAll: 2)) })
    let tensors: [Blob] =
      if linking {
        try source.tensors.map {
          try ObjectStore.describeBlob(
            $0.storedBlobSource(willRead: progress.willRead(timesInAll: 1)))
        }
      } else {
        try store.writeBlobs(
          source.tensors.map { $0.blobSource(willRead: progress.willRead(timesInAll: 2)) })
      }
    let manifest = ModelManifest(
      architecture: source.architecture, sourceName: source.name,
      sourceFormat: source.format.rawValue,
      storage: linking ? .linked(path: source.directory) : .copied,
      tensors: zip(source.tensors, tensors).map { tensor, blob in
        ModelManifest.Tensor(
          name: tensor.name, elementType: tensor.elementType, shape: tensor.shape, blob: blob,
          location: linking ? tensor.location(in: source.directory) : nil)
      },
      files: zip(source.files, files).map { NamedBlob(name: $0.name, blob: $1) })
    let id = try store.put(manifest)
    try progress.finish()
    return Result(id: id, manifest: manifest, omissions: source.omissions)
  }
}

extension ModelSource.Tensor {
  fileprivate func location(in directory: String) -> ModelManifest.Location {
    // All files of a model lie in one directory.
    let name = file.path.dropFirst(directory.count).drop { $0 == "/" }
    return ModelManifest.Location(file: String(name), byteOffset: byteOffset)
  }
}

/// Counts what an import reads. Every byte is read to be hashed, and mostly once more to be written.
private final class ImportProgress {
  private let bytesTotal: Int
  private let report: (TransferProgress) throws -> Void
  /// Half bytes, so that two reads make a whole.
  private var halvesDone = 0

  init(
    _ source: ModelSource, linking: Bool, report: @escaping (TransferProgress) throws -> Void
  ) {
    self.report = report
    bytesTotal =
      source.tensors.reduce(0) { $0 + $1.bytes.count }
      + source.files.reduce(0) { $0 + $1.byteCount }
  }

  /// A function to call before `count` bytes are read that are going to be read so many times.
  func willRead(timesInAll times: Int) -> (Int) throws -> Void {
    { count in
      try Task.checkCancellation()
      // A transaction that is run again reads once more.
      self.halvesDone = min(self.halvesDone + 2 / times * count, 2 * self.bytesTotal)
      try self.report(
        TransferProgress(bytesDone: self.halvesDone / 2, bytesTotal: self.bytesTotal))
    }
  }

  func finish() throws {
    try report(TransferProgress(bytesDone: bytesTotal, bytesTotal: bytesTotal))
  }
}

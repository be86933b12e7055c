import ObjectModel
import ObjectStore

extension StoredModel {
  /// Checks every byte of the model, weights and files, against the SHA-256 of its manifest.
  ///
  /// - Parameter progress: called with the bytes checked so far; where it throws, the check ends.
  /// - Throws: ``ObjectStore/ObjectStoreError/blobMismatch(expected:found:)`` and its kin for damage in the
  ///   store, ``ModelStoreError/linkedFileChanged(path:tensor:)`` and
  ///   ``ModelStoreError/linkedFileMissing(path:)`` for linked files.
  /// - Complexity: O(bytes).
  package func verify(
    progress: (TransferProgress) throws -> Void = { _ in }
  ) throws {
    let snapshot = snapshot
    let files = manifest.files.map(\.blob)
    try verify(manifest.tensors, and: files, progress) { tensor in
      if let linkedFiles {
        try linkedFiles.verify(tensor)
      } else {
        try snapshot.verifyBlob(tensor.blob)
      }
    }
  }

  /// Checks every tensor that lies in a linked file against its SHA-256. Throws as
  /// ``verify(progress:)``.
  package func verifyLinkedFiles(progress: (TransferProgress) throws -> Void) throws {
    guard let linkedFiles else { return }
    try verify(manifest.tensors, and: [], progress) { try linkedFiles.verify($0) }
  }

  private func verify(
    _ tensors: [ModelManifest.Tensor], and files: [Blob],
    _ progress: (TransferProgress) throws -> Void, tensor: (ModelManifest.Tensor) throws -> Void
  ) throws {
    let total = (tensors.map(\.blob) + files).reduce(0) { $0 + $1.byteCount }
    var done = 0
    func advance(_ blob: Blob) throws {
      done += blob.byteCount
      try Task.checkCancellation()
      try progress(TransferProgress(bytesDone: done, bytesTotal: total))
    }
    for each in tensors {
      try tensor(each)
      try advance(each.blob)
    }
    for file in files {
      try snapshot.verifyBlob(file)
      try advance(file)
    }
  }
}

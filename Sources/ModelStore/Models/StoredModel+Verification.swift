import ObjectModel
import ObjectStore

extension StoredModel {
  /// Checks every byte of the model, weights and files, against the SHA-256 of its manifest.
  ///
  /// - Parameter progress: called with the bytes checked so far; where it throws, the check ends.
  /// - Throws: ``ObjectStore/ObjectStoreError/blobMismatch(expected:found:)`` and its kin for damage in the
  ///   store, ``ModelStoreError/linkedFileChanged(path:tensor:)`` for linked files.
  /// - Complexity: O(bytes).
  package func verify(
    progress: (TransferProgress) throws -> Void = { _ in }
  ) throws {
    let snapshot = snapshot
    let blobs = manifest.tensors.map(\.blob) + manifest.files.map(\.blob)
    let total = blobs.reduce(0) { $0 + $1.byteCount }
    var done = 0
    func advance(_ blob: Blob) throws {
      done += blob.byteCount
      try Task.checkCancellation()
      try progress(TransferProgress(bytesDone: done, bytesTotal: total))
    }
    for tensor in manifest.tensors {
      if let linkedFiles {
        try linkedFiles.verify(tensor)
      } else {
        try snapshot.verifyBlob(tensor.blob)
      }
      try advance(tensor.blob)
    }
    for file in manifest.files {
      try snapshot.verifyBlob(file.blob)
      try advance(file.blob)
    }
  }
}

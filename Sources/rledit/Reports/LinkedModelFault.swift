import ModelFiles
import ModelStore
import ObjectModel
import ObjectStore

/// What is the matter with the files of a linked model.
struct LinkedModelFault: Encodable {
  let model: String
  let fault: String
  /// Whether they are there and hold something else. That they are not on this machine is no fault of the
  /// store: it can be exchanged all the same.
  let isChanged: Bool

  /// Hashes the files of linked models.
  ///
  /// - Parameter progress: called with the bytes hashed so far.
  /// - Throws: `ObjectStoreError`, what `progress` throws.
  static func all(
    of models: Set<ModelID>, in store: ObjectStore, progress: (_ bytes: Int) throws -> Void
  ) throws -> [LinkedModelFault] {
    var faults: [LinkedModelFault] = []
    var before = 0
    for id in models.sorted() {
      // A manifest that cannot be read the check of the store has told.
      guard let model = try? StoredModel(id: id, store: store),
        model.manifest.storage != .copied
      else { continue }
      do {
        var bytes = 0
        try model.verifyLinkedFiles {
          bytes = $0.bytesDone
          try progress(before + bytes)
        }
        before += bytes
      } catch let error as ModelStoreError {
        faults.append(
          LinkedModelFault(model: id.hex, fault: Failure(error).sentence, isChanged: error.isChange)
        )
      } catch let error as ModelFileError {
        faults.append(
          LinkedModelFault(model: id.hex, fault: Failure(error).sentence, isChanged: true))
      }
    }
    return faults
  }
}

extension ModelStoreError {
  fileprivate var isChange: Bool {
    if case .linkedFileMissing = self { false } else { true }
  }
}

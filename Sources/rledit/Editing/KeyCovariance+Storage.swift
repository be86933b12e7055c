import Editing
import LanguageModel
import Ledger
import ObjectModel
import ObjectStore

/// Key covariances as attachments: one file for each place.
extension KeyCovariance {
  /// The covariances of an attachment at the places that a recipe edits.
  ///
  /// - Throws: `EditingError.badCovariance`, `ObjectStoreError`.
  init(_ id: AttachmentID, for recipe: Recipe, in view: LedgerView) throws {
    let attachment: Attachment = try view.snapshot.object(id)
    let wanted = Set(
      recipe.targetModules.compactMap { ProjectionPlace(weightName: $0) }.flatMap {
        [Self.fileName(of: $0.keyPlace), Self.fileName(ofGradientsAt: $0)]
      })
    try self.init(
      encodedFiles: attachment.files.filter { wanted.contains($0.name) }.map {
        ($0.name, try view.snapshot.readBlob($0.blob))
      })
  }

  /// Stores the covariances.
  func store(in store: ObjectStore) throws -> AttachmentID {
    try store.storeAttachment(kind: EditingMaterials.covarianceName, files: encodedFiles)
  }
}

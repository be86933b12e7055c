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
    let places = recipe.targetModules.compactMap { ProjectionPlace(weightName: $0) }
    let damping = recipe.parameters.first { $0.name == RLEditParameters.curvatureDampingName }
    let readsCurvature = (damping.flatMap { Double($0.value) } ?? 0) > 0
    let wanted = Set(
      places.map { Self.fileName(of: $0.keyPlace) }
        + (readsCurvature ? places.map { Self.fileName(ofGradientsAt: $0) } : []))
    try self.init(
      encodedFiles: attachment.files.filter { wanted.contains($0.name) }.map {
        ($0.name, try view.snapshot.readBlob($0.blob))
      })
  }

  /// Stores the covariances.
  func store(in store: ObjectStore) throws -> AttachmentID {
    let files = try encodedFiles.map { file in
      NamedBlob(name: file.name, blob: try store.writeBlob(BlobSource(file.bytes)))
    }
    return try store.put(Attachment(kind: EditingMaterials.covarianceName, files: files))
  }
}

extension LedgerView {
  /// Whether a covariance has the gradients' moments of some matrix.
  ///
  /// - Throws: `ObjectStoreError`.
  func hasCurvature(_ covariance: Material) throws -> Bool {
    guard let id = covariance.commit.attachments[EditingMaterials.covarianceName] else {
      return false
    }
    let attachment: Attachment = try snapshot.object(id)
    return attachment.files.contains { KeyCovariance.isFileOfGradients($0.name) }
  }
}

import Editing
import Ledger
import ObjectModel
import ObjectStore

/// The attachments of a commit that an editor is made with, beside its recipe.
struct EditingMaterials: Equatable {
  static let preservedName = "preserved-prompts"
  static let covarianceName = MaterialKind.covariance.attachmentName

  var preserved: AttachmentID?
  var covariance: AttachmentID?

  init() {}

  /// Those that a commit records.
  init(of commit: Commit) {
    preserved = commit.attachments[Self.preservedName]
    covariance = commit.attachments[Self.covarianceName]
  }

  /// The attachments by their names in a commit.
  var attachments: [String: AttachmentID] {
    var attachments: [String: AttachmentID] = [:]
    attachments[Self.preservedName] = preserved
    attachments[Self.covarianceName] = covariance
    return attachments
  }

  /// Reads what an editor of a recipe needs. A covariance is read when the editor asks for it, at the places
  /// that it edits alone, since each is large.
  ///
  /// - Throws: `EditingError`, `ObjectStoreError`, `ModelFileError`.
  func load(
    for recipe: Recipe, _ session: ModelSession, in store: ObjectStore
  ) throws -> EditorCatalogue.Materials {
    let view = LedgerView(try store.snapshot())
    let prompts = try PreservedPrompts(preserved, in: view).prompts
    return EditorCatalogue.Materials(
      preservedPrompts: prompts.map(session.encoding.prompt),
      covariance: covariance.map { id in
        CovarianceSource { try KeyCovariance(id, for: recipe, in: LedgerView(store.snapshot())) }
      },
      trained: try trained(of: recipe, in: view),
      encoding: session.encoding)
  }

  private func trained(of recipe: Recipe, in view: LedgerView) throws -> RLEdit.Trained? {
    guard case .trained(let id)? = recipe.hypernetwork else { return nil }
    let attachment: Attachment = try view.snapshot.object(id)
    return try HypernetworkArchive(
      encodedFiles: attachment.files.map { ($0.name, try view.snapshot.readBlob($0.blob)) }
    ).trained
  }
}

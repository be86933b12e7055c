package import ObjectModel

/// What editing works with beside the model, made once and used by many edits: kept in the store under
/// a name of its own kind, apart from branches and tags.
package enum MaterialKind: String, Sendable, CaseIterable {
  /// A trained hypernetwork.
  case hypernetwork
  /// The second moments of keys over a text.
  case covariance

  /// The folder of references that names of the kind stand in.
  package var referencePrefix: String {
    switch self {
    case .hypernetwork: "refs/hypernetworks/"
    case .covariance: "refs/covariances/"
    }
  }

  /// The word of the commit that brings one.
  package var operation: Commit.Operation {
    switch self {
    case .hypernetwork: .train
    case .covariance: .measure
    }
  }

  /// The attachment of that commit which holds it.
  package var attachmentName: String { rawValue }
}

/// A material with the commit that brought it.
package struct Material: Sendable {
  package let kind: MaterialKind
  /// `nil` where it was found by its commit's id and has no name.
  package let name: String?
  package let commitID: CommitID
  package let commit: Commit
  package let attachment: AttachmentID
}

/// What the commit of a material is to say.
package struct MaterialDraft: Sendable {
  package var kind: MaterialKind
  package var name: String
  /// The material itself and what belongs to it, by name; one is called ``MaterialKind/attachmentName``.
  package var attachments: [String: AttachmentID]
  package var message: String
  package var recipe: Recipe?
  package var metrics: [Commit.Metric]
  /// The commit that it was made at.
  package var parent: CommitID

  package init(
    kind: MaterialKind, name: String, attachments: [String: AttachmentID], message: String,
    recipe: Recipe?, metrics: [Commit.Metric], parent: CommitID
  ) {
    self.kind = kind
    self.name = name
    self.attachments = attachments
    self.message = message
    self.recipe = recipe
    self.metrics = metrics
    self.parent = parent
  }
}

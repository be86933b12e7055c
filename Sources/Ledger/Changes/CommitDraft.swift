package import ObjectModel

/// What a commit is to say, before it has its place in history.
package struct CommitDraft: Sendable {
  /// Deltas to append, in order. All are in the store.
  package var deltas: [DeltaID]
  package var operation: Commit.Operation
  package var message: String
  package var edits: [EditRecord]
  package var recipe: Recipe?
  package var attachments: [String: AttachmentID]
  package var metrics: [Commit.Metric]
  /// The digests of the new state where the caller has them; else the ledger asks its deriver.
  package var stateDigests: [String: StateDigest]?
  /// The commit that the deltas were made on; `nil` appends to whatever is current.
  package var parent: CommitID?

  package init(
    deltas: [DeltaID], operation: Commit.Operation, message: String, edits: [EditRecord] = [],
    recipe: Recipe? = nil, attachments: [String: AttachmentID] = [:],
    metrics: [Commit.Metric] = [], stateDigests: [String: StateDigest]? = nil,
    parent: CommitID? = nil
  ) {
    self.deltas = deltas
    self.operation = operation
    self.message = message
    self.edits = edits
    self.recipe = recipe
    self.attachments = attachments
    self.metrics = metrics
    self.stateDigests = stateDigests
    self.parent = parent
  }
}

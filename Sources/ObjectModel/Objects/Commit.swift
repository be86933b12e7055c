/// A state of a model with how it came to be.
///
/// The state is the model and the chain; everything else is its story.
package struct Commit: SignableObject {
  package static let typeName = "commit"

  /// The kind of step, a bare word. A reader shows words that it does not know as they are.
  package struct Operation: Hashable, Sendable {
    package let word: String

    package init(_ word: String) { self.word = word }

    package static let `import` = Operation("import")
    package static let edit = Operation("edit")
    /// Facts of earlier edits were edited in once more.
    package static let rehearse = Operation("rehearse")
    package static let commit = Operation("commit")
    package static let revert = Operation("revert")
    package static let merge = Operation("merge")
    /// Several commits were made one.
    package static let squash = Operation("squash")
    package static let compress = Operation("compress")
    /// A hypernetwork was trained.
    package static let train = Operation("train")
    /// Something about the model was measured and kept, such as the covariance of its keys.
    package static let measure = Operation("measure")
  }

  /// A number that tells what the commit is worth, such as `after.efficacy`.
  package struct Metric: Hashable, Sendable {
    package let name: String
    package let value: Double

    package init(name: String, value: Double) {
      self.name = name
      self.value = value
    }
  }

  /// Distinct; the first is the one the changes refer to. None for the first commit of a history.
  package var parents: [CommitID]
  package var model: ModelID
  /// The active deltas; `nil` where there never was one, which is the model as imported.
  package var chain: ChainID?
  /// Entries of the chain which the first parent's has not, by increasing sequence number.
  package var added: [ChainEntry]
  /// Entries of the first parent's chain which this one has not, by increasing sequence number.
  package var omitted: [ChainEntry]
  /// Seconds since 1970-01-01 00:00 UTC.
  package var time: Int
  package var author: String
  package var operation: Operation
  package var message: String
  /// The facts that the added deltas edit in.
  package var edits: [EditRecord]
  package var recipe: Recipe?
  /// Side files by name, such as the commit's own contribution to the running statistics.
  package var attachments: [String: AttachmentID]
  /// In the order in which they were measured; names are distinct.
  package var metrics: [Metric]
  /// The digest of every tensor that some active delta changes.
  package var stateDigests: [String: StateDigest]
  /// Of whoever made this commit, which need not be its author: a commit that was carried over has the
  /// author of the old one.
  package var signature: Signature?

  package init(
    parents: [CommitID] = [], model: ModelID, chain: ChainID? = nil, added: [ChainEntry] = [],
    omitted: [ChainEntry] = [], time: Int, author: String, operation: Operation, message: String,
    edits: [EditRecord] = [], recipe: Recipe? = nil, attachments: [String: AttachmentID] = [:],
    metrics: [Metric] = [], stateDigests: [String: StateDigest] = [:],
    signature: Signature? = nil
  ) {
    self.parents = parents
    self.model = model
    self.chain = chain
    self.added = added
    self.omitted = omitted
    self.time = time
    self.author = author
    self.operation = operation
    self.message = message
    self.edits = edits
    self.recipe = recipe
    self.attachments = attachments
    self.metrics = metrics
    self.stateDigests = stateDigests
    self.signature = signature
  }

  /// The message up to its first line feed.
  package var subject: String {
    String(message.prefix { $0 != "\n" })
  }
}

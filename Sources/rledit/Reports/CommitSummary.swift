import Ledger
import ObjectModel

/// A commit as listings show it.
struct CommitSummary: Encodable {
  /// A place in the chain of deltas.
  struct Entry: Encodable {
    let delta: String
    let sequence: Int

    init(_ entry: ChainEntry) {
      delta = entry.delta.hex
      sequence = entry.sequence
    }
  }

  let id: String
  let parents: [String]
  let model: String
  let author: String
  /// RFC 3339, UTC.
  let time: String
  let operation: String
  let subject: String
  let message: String
  let edits: Int
  let added: [Entry]
  let omitted: [Entry]
  let metrics: [String: Double]
  /// Branches and tags on it.
  let names: [String]
  /// What its signature comes to, where the report looks at that.
  let signature: SignatureReport?
  /// The notes on it, the oldest first, where the report looks for them.
  let notes: [NoteReport]?
  /// The annotated tags on it, by name, where the report looks for them.
  let tags: [AnnotationReport]?

  init(
    _ entry: ResolvedCommit, names: [String] = [], signature: SignatureStatus? = nil,
    notes: [NoteReport]? = nil, tags: [AnnotationReport]? = nil
  ) {
    let commit = entry.commit
    id = entry.id.hex
    parents = commit.parents.map(\.hex)
    model = commit.model.hex
    author = commit.author
    time = Quantity.timestamp(commit.time)
    operation = commit.operation.word
    subject = commit.subject
    message = commit.message
    edits = commit.edits.count
    added = commit.added.map { Entry($0) }
    omitted = commit.omitted.map { Entry($0) }
    metrics = Dictionary(commit.metrics.map { ($0.name, $0.value) }) { first, _ in first }
    self.names = names
    self.signature = signature.map { SignatureReport($0) }
    self.notes = notes
    self.tags = tags
  }
}

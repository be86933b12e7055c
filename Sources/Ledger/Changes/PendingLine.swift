package import ObjectModel
import ObjectStore

/// Commits that are made one on top of the other before any of them is written, so that all of them
/// become history in one transaction, or none.
package struct PendingLine {
  /// The last commit of the line, which the next one goes on top of.
  package private(set) var tip: CommitID
  /// The commits made, the oldest first.
  package private(set) var made: [LogEntry] = []
  package private(set) var chain: Chain
  let view: LedgerView
  /// The commit that the line stands on.
  let start: CommitID
  private let deriver: any StateDeriver
  /// What the line's commits are signed with.
  private let signingKey: SigningKey?
  private(set) var tipCommit: Commit
  private(set) var nodes: PendingNodes
  private var chains: [Chain] = []
  private var commits: [EncodedObject<Commit>] = []
  /// Where entries that were carried over from another line have their place on this one, and what stands
  /// for their deltas: a merge on the other line gives a delta another number.
  private var carried: [ChainEntry: ChainEntry] = [:]
  private var carriedDeltas: [DeltaID: Carried] = [:]

  private enum Carried {
    case entry(ChainEntry)
    /// It was made anew, and nothing had to be done.
    case nothing
  }

  /// A line that begins on top of a commit.
  ///
  /// - Parameter signingKey: what its commits are signed with, whoever signed those that they are made of.
  init(
    on start: CommitID, in view: LedgerView, deriver: any StateDeriver,
    signingKey: SigningKey? = nil
  ) throws {
    self.view = view
    self.start = start
    self.deriver = deriver
    self.signingKey = signingKey
    tip = start
    tipCommit = try view.commit(start)
    chain = try view.chain(of: tipCommit)
    nodes = PendingNodes([], over: view.snapshot)
  }

  /// Puts a commit with a chain on top. The commit's parents beside the first are kept; its first parent,
  /// model, chain, changes and, where it has none, state digests are set here.
  ///
  /// - Throws: what the deriver throws, ``ObjectStoreError``, ``ObjectModelError``.
  mutating func append(
    _ commit: Commit, chain next: Chain, digests: [String: StateDigest]? = nil
  ) throws {
    let difference = try ChainDifference(from: chain, to: next, source: nodes)
    // A chain to which nothing was ever appended is no chain.
    let encodedChain = next.nextSequence == 0 ? nil : try next.encoded()
    var commit = commit
    commit.parents = [tip] + commit.parents.dropFirst()
    commit.model = tipCommit.model
    commit.chain = encodedChain?.id
    commit.added = difference.added
    commit.omitted = difference.omitted
    if let digests {
      commit.stateDigests = digests
    } else if next.activeCount == 0 {
      commit.stateDigests = [:]
    } else {
      commit.stateDigests = try deriver.digests(model: commit.model, chain: next, nodes: nodes)
    }
    commit = try commit.sealed(by: signingKey)
    let encoded = try commit.encoded()
    if encodedChain != nil { chains.append(next) }
    commits.append(encoded)
    made.append(LogEntry(id: encoded.id, commit: commit))
    tip = encoded.id
    tipCommit = commit
    chain = next
  }

  /// Makes a chain of the line's by changes whose nodes are kept.
  mutating func changing(
    _ change: (Chain, inout PendingNodes) throws -> Chain
  ) throws -> Chain {
    try change(chain, &nodes)
  }

  /// Puts what a commit of another line did on top: what it left out is left out, what it put back is
  /// put back, and what it appended is appended unless it is there already.
  ///
  /// The new commit has the author, time, message, records and attachments of the old one, and says in
  /// its message where it comes from. It has no recipe: that makes the delta on the old line.
  ///
  /// - Parameters:
  ///   - sharedNumbers: numbers below this mean the same on both lines.
  ///   - message: in the place of the old one.
  ///   - story: in the place of the old one's records and attachments.
  /// - Returns: whether there was anything to do; a commit that did nothing itself is carried over.
  /// - Throws: what the deriver throws, ``ObjectStoreError``.
  /// - Complexity: O(n), n being the active deltas.
  @discardableResult
  package mutating func carry(
    _ original: LogEntry, sharedNumbers: Int, message: String? = nil,
    story: CarriedStory? = nil
  ) throws -> Bool {
    let old = original.commit
    let next = try chain(afterWhat: old, sharedNumbers: sharedNumbers)
    let didNothing = old.added.isEmpty && old.omitted.isEmpty
    guard next != chain || didNothing else { return false }
    try append(
      Commit(
        model: old.model, time: old.time, author: old.author, operation: old.operation,
        message: (message ?? old.message).trimmed
          + "\n\nCarried over from commit \(original.id.hex).",
        edits: story?.edits ?? old.edits, attachments: story?.attachments ?? old.attachments),
      chain: next)
    return true
  }

  private mutating func chain(afterWhat commit: Commit, sharedNumbers: Int) throws -> Chain {
    var next = chain
    for entry in commit.omitted {
      switch place(of: entry) {
      case .nothing?: continue
      case .entry(let place)?: next = try next.leavingOut(place, &nodes)
      case nil: next = try next.leavingOut(entry, &nodes)
      }
    }
    // Only where something is appended does it matter what is there already.
    let appends = commit.added.contains {
      place(of: $0) == nil && $0.sequence >= sharedNumbers
    }
    var present = appends ? Set(try next.entries(source: nodes).map(\.delta)) : []
    for entry in commit.added {
      switch place(of: entry) {
      case .nothing?: continue
      case .entry(let place)?: next = try next.puttingBack(place, &nodes)
      case nil where entry.sequence < sharedNumbers: next = try next.puttingBack(entry, &nodes)
      case nil:
        guard present.insert(entry.delta).inserted else { continue }
        note(entry, as: ChainEntry(sequence: next.nextSequence, delta: entry.delta))
        next = try next.appending(entry.delta, &nodes)
      }
    }
    return next
  }

  private func place(of entry: ChainEntry) -> Carried? {
    carried[entry].map { .entry($0) } ?? carriedDeltas[entry.delta]
  }

  private mutating func note(_ entry: ChainEntry, as place: ChainEntry) {
    carried[entry] = place
    carriedDeltas[entry.delta] = .entry(place)
  }

  /// Puts a commit with deltas made anew on top, in the place of one of another line.
  ///
  /// - Throws: what the deriver throws, ``ObjectStoreError``.
  package mutating func replace(_ original: LogEntry, by draft: CommitDraft) throws {
    var next = chain
    let entries = original.commit.added
    // A later revert of an old delta leaves out the new one, or nothing where there is none.
    for entry in entries.dropFirst(draft.deltas.count) { carriedDeltas[entry.delta] = .nothing }
    for (index, delta) in draft.deltas.enumerated() {
      if entries.indices.contains(index) {
        note(entries[index], as: ChainEntry(sequence: next.nextSequence, delta: delta))
      }
      next = try next.appending(delta, &nodes)
    }
    try append(
      Commit(
        model: tipCommit.model, time: original.commit.time, author: original.commit.author,
        operation: draft.operation, message: draft.message, edits: draft.edits,
        recipe: draft.recipe, attachments: draft.attachments, metrics: draft.metrics),
      chain: next, digests: draft.stateDigests)
  }

  /// Where the nodes of the line's chain are read, written or not.
  package var chainNodes: any ChainNodeSource { nodes }

  /// The deltas of the line's chain, in order.
  package func activeDeltas() throws -> [ChainEntry] { try chain.entries(source: nodes) }

  /// Writes everything that the line has made.
  func write(in transaction: WriteTransaction) throws {
    for node in try nodes.nodes(of: chains) { try transaction.put(node) }
    for chain in chains { try transaction.put(chain.encoded()) }
    for commit in commits { try transaction.put(commit) }
  }
}

/// Records and attachments that a carried commit gets in the place of the old one's.
package struct CarriedStory: Sendable {
  package var edits: [EditRecord]
  package var attachments: [String: AttachmentID]

  package init(edits: [EditRecord], attachments: [String: AttachmentID]) {
    self.edits = edits
    self.attachments = attachments
  }
}

extension String {
  /// Without line feeds and spaces at the end.
  fileprivate var trimmed: String {
    var text = Substring(self)
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}

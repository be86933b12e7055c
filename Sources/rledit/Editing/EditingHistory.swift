import Editing
import Ledger
import ObjectModel
import ObjectStore

/// What editing left in a history beside its deltas: the running statistics and the keys that each
/// commit contributed.
struct EditingHistory {
  static let statisticsName = "running-statistics"
  static let memoryName = "edit-memory"

  private let view: LedgerView
  private let store: ObjectStore
  /// The commit that each entry is from: the one that first appended it or, where that is a merge, which
  /// gives the deltas of its other side numbers of their own, the first one that appended its delta.
  private var origins: [ChainEntry: Commit] = [:]
  private var originsByDelta: [DeltaID: Commit] = [:]
  /// Above every number that one of the commits has given out.
  private(set) var numbersBelow = 0
  /// What folds begin with.
  private let start: EditingState
  /// The last fold, which the next one often extends.
  private var last: (entries: [ChainEntry], state: EditingState)

  /// The history that leads to `commits`.
  ///
  /// - Complexity: O(commits that lead there).
  init(leadingTo commits: [CommitID], in view: LedgerView, of store: ObjectStore) throws {
    let history = try view.log(from: commits, excluding: []).reversed().map(\.commit)
    self.init(of: history, in: view, of: store)
  }

  /// The history of these commits alone, the oldest first.
  ///
  /// - Parameter start: the fold over what was before them.
  init(
    of commits: [Commit], after start: EditingState = EditingState(), in view: LedgerView,
    of store: ObjectStore
  ) {
    self.view = view
    self.store = store
    self.start = start
    last = ([], start)
    for commit in commits { note(commit) }
  }

  /// Takes in a commit on top of those known.
  mutating func note(_ commit: Commit) {
    for added in commit.added {
      numbersBelow = max(numbersBelow, added.sequence + 1)
      let first = originsByDelta[added.delta] ?? commit
      originsByDelta[added.delta] = first
      // A later commit that puts an entry back where it was contributes nothing.
      if origins[added] == nil { origins[added] = commit.parents.count < 2 ? commit : first }
    }
  }

  /// The state before the next edit at a commit: the fold over its active chain in order.
  ///
  /// - Throws: `EditingError`, `ObjectStoreError`.
  mutating func state(at commit: Commit) throws -> EditingState {
    try state(of: view.activeDeltas(of: commit))
  }

  /// The fold over the entries of a chain in order.
  mutating func state(of entries: [ChainEntry]) throws -> EditingState {
    let extends = entries.starts(with: last.entries)
    var state = extends ? last.state : start
    for entry in extends ? entries[last.entries.count...] : entries[...] {
      try merge(entry, into: &state)
    }
    last = (entries, state)
    return state
  }

  /// Takes in what the commit that first appended a delta contributed.
  private func merge(_ entry: ChainEntry, into state: inout EditingState) throws {
    for share in shares(of: entry) {
      if let id = share.statistics {
        // What was stored since the view was taken is looked for, too.
        state.statistics.merge(
          try RunningStatistics(encodedFiles: store.snapshot().files(of: id)))
      }
      if let id = share.memory { state.memory.merge(reading: store.editMemory(id)) }
    }
  }

  /// What one batch contributed.
  private struct Share {
    var statistics: AttachmentID?
    var memory: AttachmentID?
  }

  /// The contributions that came with a delta: one, or those of all the batches that it was made one of, in
  /// order.
  private func shares(of entry: ChainEntry) -> [Share] {
    guard let origin = origins[entry] ?? originsByDelta[entry.delta] else { return [] }
    let own = shares(in: origin.attachments, of: entry.delta)
    // What bears no delta's name comes with the commit's first.
    return own.isEmpty && origin.added.first?.delta == entry.delta
      ? shares(in: origin.attachments, of: nil) : own
  }

  private func shares(in attachments: [String: AttachmentID], of delta: DeltaID?) -> [Share] {
    var shares: [Share] = []
    while true {
      let share = Share(
        statistics: attachments[Self.name(Self.statisticsName, of: delta, shares.count)],
        memory: attachments[Self.name(Self.memoryName, of: delta, shares.count)])
      guard share.statistics != nil || share.memory != nil else { return shares }
      shares.append(share)
    }
  }

  /// What a commit of deltas made of others has as attachments, so that the fold over them is the fold over
  /// those others, to the bit, also where only some of its deltas are taken out or carried over.
  ///
  /// - Parameter parts: the deltas, and what each stands for.
  func contributions(
    of parts: [(delta: DeltaID, entries: [ChainEntry])]
  ) -> [String: AttachmentID] {
    var attachments: [String: AttachmentID] = [:]
    for part in parts {
      let delta = parts.count > 1 ? part.delta : nil
      for (number, share) in part.entries.flatMap({ shares(of: $0) }).enumerated() {
        attachments[Self.name(Self.statisticsName, of: delta, number)] = share.statistics
        attachments[Self.name(Self.memoryName, of: delta, number)] = share.memory
      }
    }
    return attachments
  }

  /// The same where each delta stands for itself.
  func contributions(of entries: [ChainEntry]) -> [String: AttachmentID] {
    contributions(of: entries.map { ($0.delta, [$0]) })
  }

  /// The name of a delta's first contribution has no number.
  private static func name(_ name: String, of delta: DeltaID?, _ number: Int) -> String {
    ([name] + (delta.map { [$0.hex] } ?? []) + (number == 0 ? [] : [String(number)]))
      .joined(separator: ".")
  }
}

extension ReadSnapshot {
  /// The files of an attachment.
  func files(of id: AttachmentID) throws -> [(name: String, bytes: [UInt8])] {
    let attachment: Attachment = try object(id)
    return try attachment.files.map { ($0.name, try readBlob($0.blob)) }
  }
}

extension ObjectStore {
  /// Reads the keys of a batch, from the store as it is then.
  func editMemory(_ id: AttachmentID) -> @Sendable () throws -> EditMemory {
    { try EditMemory(encodedFiles: self.snapshot().files(of: id)) }
  }

  /// Stores files as an attachment.
  func storeAttachment(
    kind: String, files: [(name: String, bytes: [UInt8])]
  ) throws -> AttachmentID {
    let blobs = try writeBlobs(files.map { BlobSource($0.bytes) })
    return try put(
      Attachment(
        kind: kind, files: zip(files, blobs).map { NamedBlob(name: $0.name, blob: $1) }))
  }

  /// Stores a batch's share of the editing state as attachments by their names in a commit.
  func storeContribution(_ contribution: EditContribution) throws -> [String: AttachmentID] {
    var attachments: [String: AttachmentID] = [:]
    if !contribution.statistics.moments.isEmpty {
      attachments[EditingHistory.statisticsName] = try storeAttachment(
        kind: EditingHistory.statisticsName, files: contribution.statistics.encodedFiles)
    }
    if !contribution.memory.isEmpty {
      attachments[EditingHistory.memoryName] = try storeAttachment(
        kind: EditingHistory.memoryName, files: contribution.memory.encodedFiles)
    }
    return attachments
  }
}

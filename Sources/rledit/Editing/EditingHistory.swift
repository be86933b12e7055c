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

  /// The contributions that came with a delta: one, or those of all the batches that a squash made one
  /// delta of, in order.
  private func shares(of entry: ChainEntry) -> [Share] {
    guard let origin = origins[entry] ?? originsByDelta[entry.delta],
      // What a commit of several deltas contributed comes with the first of them.
      origin.added.first?.delta == entry.delta
    else { return [] }
    let attachments = origin.attachments
    var shares: [Share] = []
    while true {
      let share = Share(
        statistics: attachments[Self.numbered(Self.statisticsName, shares.count)],
        memory: attachments[Self.numbered(Self.memoryName, shares.count)])
      guard share.statistics != nil || share.memory != nil else { return shares }
      shares.append(share)
    }
  }

  /// The attachments of a commit whose one delta stands for all of `entries`: the fold over it is the
  /// fold over them, to the bit.
  func contributions(of entries: [ChainEntry]) -> [String: AttachmentID] {
    var attachments: [String: AttachmentID] = [:]
    for (number, share) in entries.flatMap({ shares(of: $0) }).enumerated() {
      attachments[Self.numbered(Self.statisticsName, number)] = share.statistics
      attachments[Self.numbered(Self.memoryName, number)] = share.memory
    }
    return attachments
  }

  /// The name of a commit's first contribution has no number.
  private static func numbered(_ name: String, _ number: Int) -> String {
    number == 0 ? name : "\(name).\(number)"
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

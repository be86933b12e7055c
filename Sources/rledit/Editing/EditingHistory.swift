import Editing
import Ledger
import ObjectModel
import ObjectStore

/// What editing left in a history beside its deltas: the running statistics that each commit
/// contributed, and the prompts that it preserved.
struct EditingHistory {
  static let statisticsName = "running-statistics"
  static let preservedName = "preserved-prompts"

  private let view: LedgerView
  /// The commit that first appended each delta.
  private var origins: [ChainEntry: Commit] = [:]
  private var contributions: [ChainEntry: RunningStatistics] = [:]
  /// The last fold, which the next one often extends.
  private var last: (entries: [ChainEntry], state: EditingState) = ([], EditingState())

  /// The history that leads to `commits`.
  ///
  /// - Complexity: O(commits that lead there).
  init(leadingTo commits: [CommitID], in view: LedgerView) throws {
    self.view = view
    for entry in try view.log(from: commits, excluding: []).reversed() {
      for added in entry.commit.added where origins[added] == nil {
        origins[added] = entry.commit
      }
    }
  }

  /// The state before the next edit at a commit: the fold over its active chain in order.
  ///
  /// - Throws: `EditingError`, `ObjectStoreError`.
  mutating func state(at commit: Commit) throws -> EditingState {
    let entries = try view.activeDeltas(of: commit)
    let extends = entries.starts(with: last.entries)
    var state = extends ? last.state : EditingState()
    for entry in extends ? entries[last.entries.count...] : entries[...] {
      state.statistics.merge(try contribution(of: entry))
    }
    last = (entries, state)
    return state
  }

  private mutating func contribution(of entry: ChainEntry) throws -> RunningStatistics {
    if let known = contributions[entry] { return known }
    var statistics = RunningStatistics()
    if let id = origins[entry]?.attachments[Self.statisticsName] {
      let attachment: Attachment = try view.snapshot.object(id)
      statistics = try RunningStatistics(
        encodedFiles: attachment.files.map { ($0.name, try view.snapshot.readBlob($0.blob)) })
    }
    contributions[entry] = statistics
    return statistics
  }
}

extension ObjectStore {
  /// Stores files as an attachment.
  func storeAttachment(
    kind: String, files: [(name: String, bytes: [UInt8])]
  ) throws -> AttachmentID {
    let blobs = try writeBlobs(files.map { BlobSource($0.bytes) })
    return try put(
      Attachment(
        kind: kind, files: zip(files, blobs).map { NamedBlob(name: $0.name, blob: $1) }))
  }
}

import Editing
import Ledger
import ObjectModel
import ObjectStore
import Tensors

/// What editing left in a history beside its deltas: the running statistics and the keys that each
/// commit contributed.
struct EditingHistory {
  static let statisticsName = "running-statistics"
  static let memoryName = "edit-memory"

  private let view: LedgerView
  private let compute: Compute
  /// The commit that first appended each delta.
  private var origins: [ChainEntry: Commit] = [:]
  /// The last fold, which the next one often extends.
  private var last: (entries: [ChainEntry], state: EditingState) = ([], EditingState())

  /// The history that leads to `commits`.
  ///
  /// - Complexity: O(commits that lead there).
  init(leadingTo commits: [CommitID], in view: LedgerView, compute: Compute) throws {
    self.view = view
    self.compute = compute
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
      try state.merge(contribution(of: entry), compute: compute)
    }
    last = (entries, state)
    return state
  }

  private func contribution(of entry: ChainEntry) throws -> EditContribution {
    var contribution = EditContribution()
    if let files = try files(Self.statisticsName, of: entry) {
      contribution.statistics = try RunningStatistics(encodedFiles: files)
    }
    if let files = try files(Self.memoryName, of: entry) {
      contribution.memory = try EditMemory(encodedFiles: files)
    }
    return contribution
  }

  /// The files of an attachment of the commit that first appended a delta.
  private func files(
    _ name: String, of entry: ChainEntry
  ) throws -> [(name: String, bytes: [UInt8])]? {
    guard let id = origins[entry]?.attachments[name] else { return nil }
    let attachment: Attachment = try view.snapshot.object(id)
    return try attachment.files.map { ($0.name, try view.snapshot.readBlob($0.blob)) }
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

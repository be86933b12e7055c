import Ledger
import ObjectModel
import ObjectStore

/// What a check of the store found.
struct FsckReport: Report {
  struct Fault: Encodable {
    let fault: String
    /// The commits whose state or story it spoils.
    let commits: [String]
    /// Whether another store, or a bundle, may have what is at fault.
    let mendable: Bool
  }

  /// The interrupted check that this one went on with.
  struct Earlier: Encodable {
    let begun: String
    let bytesHashed: Int
  }

  /// Of the commits that a fault touches, how many are named in text.
  static let commitsShown = 8

  let sound: Bool
  let full: Bool
  let commits: Int
  let objects: Int
  let chunks: Int
  let bytesHashed: Int
  let resumed: Earlier?
  let unreachableObjects: Int
  let unreachableChunks: Int
  let faults: [Fault]
  /// Of models whose weights lie in files of their own; none where only structure was looked at.
  let linkedFaults: [LinkedModelFault]?
  /// The other stores known here.
  let remotes: [String]
  /// What has been put back, taken out and refused; none of these where nothing was to be mended.
  let mended: [String]?
  let dropped: [String]?
  let refused: [String]?

  init(
    _ report: LedgerReport, isFull: Bool, linked: [LinkedModelFault]?, mending: MendingReport?,
    remotes: [Remote]
  ) {
    linkedFaults = linked
    sound = report.isSound && (linked ?? []).allSatisfy { !$0.isChanged }
    full = isFull
    commits = report.commitsChecked
    objects = report.store.objectsChecked
    chunks = report.store.chunksChecked
    bytesHashed = report.store.bytesHashed
    resumed = report.store.resumed.map {
      Earlier(begun: Quantity.timestamp($0.begun), bytesHashed: $0.bytesHashed)
    }
    unreachableObjects = report.unreachableObjects
    unreachableChunks = report.unreachableChunks
    faults = report.faults.map {
      Fault(fault: $0.wording, commits: $0.commits.map(\.hex), mendable: $0.isMendable)
    }
    self.remotes = remotes.map(\.name)
    mended = mending?.mended.map(\.wording).sorted()
    dropped = mending?.dropped.map(\.wording).sorted()
    refused = mending?.refused.map(\.wording).sorted()
  }

  func print(on terminal: Terminal) throws {
    for item in mended ?? [] {
      try terminal.print(terminal.styled("mended: ", .green) + item)
    }
    for item in dropped ?? [] {
      try terminal.print(terminal.styled("dropped: ", .yellow) + item + ", which nothing needs")
    }
    for item in refused ?? [] {
      try terminal.print(
        terminal.styled("refused: ", .red) + item
          + ": what is there under its name has not the SHA-256 of the data")
    }
    for fault in faults {
      try terminal.print(terminal.styled("fault: ", .red) + fault.fault)
      if !fault.commits.isEmpty {
        let shown = fault.commits.prefix(Self.commitsShown).map { $0.prefix(12) }.joined(
          separator: " ")
        let hidden = fault.commits.count - Self.commitsShown
        let more = hidden > 0 ? " and \(hidden) more" : ""
        try terminal.print("    touches commits \(shown)\(more)")
      }
    }
    for linked in linkedFaults ?? [] {
      try terminal.print(
        linked.isChanged
          ? terminal.styled("fault: ", .red) + linked.fault
          : "A linked model is not here: \(linked.fault). 'rledit relink PATH' says where it is.")
    }
    let counts =
      "\(Quantity.count(commits, "commit")), \(Quantity.count(objects, "object")), "
      + Quantity.count(chunks, "chunk") + (full ? ", \(Quantity.bytes(bytesHashed)) hashed" : "")
    if let resumed {
      try terminal.print(
        "Went on with the check begun \(resumed.begun), which had hashed "
          + "\(Quantity.bytes(resumed.bytesHashed)): damage done since to these is not seen.")
    }
    if unreachableObjects + unreachableChunks > 0 {
      try terminal.print(
        "Nothing leads to \(Quantity.count(unreachableObjects, "object")) and "
          + "\(Quantity.count(unreachableChunks, "chunk")), which does no harm.")
    }
    guard sound else { return }
    try terminal.print(
      full
        ? "The store is whole: \(counts)."
        : "The store's structure is whole: \(counts). Their contents were not hashed, which --full does."
    )
  }
}

extension LedgerFault {
  var commits: [CommitID] {
    switch self {
    case .store(_, let commits): commits
    case .wrongChanges(let commit): [commit]
    case .wrongChainCount(let commit, _, _): [commit]
    case .changedModel(let commit, _): [commit]
    case .badHead: []
    }
  }

  var wording: String {
    switch self {
    case .store(let fault, _): fault.wording
    case .wrongChanges(let commit):
      "commit \(commit.short) says something else than its chain of what it changed"
    case .wrongChainCount(let commit, let expected, let found):
      "the chain of commit \(commit.short) has \(found) deltas and says \(expected)"
    case .changedModel(let commit, let parent):
      "commit \(commit.short) stands on another model than its parent \(parent.short)"
    case .badHead:
      "HEAD is missing, or on something that is not a branch"
    }
  }
}

extension StoreFault {
  fileprivate var wording: String {
    switch problem {
    case .missing: "\(item.wording) is missing"
    case .corrupted: "\(item.wording) is damaged: its bytes have another hash"
    case .malformed(let reason): "\(item.wording) is damaged: \(reason)"
    case .wrongLength(let expected, let found):
      "\(item.wording) has \(found) bytes in place of \(expected)"
    case .blobMismatch(let expected, _):
      "\(item.wording) names data with SHA-256 \(expected.hex.prefix(16)), which its chunks have not"
    }
  }
}

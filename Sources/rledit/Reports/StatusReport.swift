import Ledger
import ObjectModel
import ObjectStore

/// Where things stand.
struct StatusReport: Report {
  let store: String
  /// `nil` where HEAD is at a commit and on no branch.
  let branch: String?
  /// `nil` before the first commit.
  let commit: CommitSummary?
  let model: ModelSummary?
  let activeDeltas: Int
  let omittedDeltas: Int
  let editedTensors: Int
  let lastOperation: Int
  /// The search for a bad commit that is under way.
  let bisection: Search?

  struct Search: Encodable {
    let bad: String
    let good: [String]
    let skipped: [String]

    init(_ bisection: Bisection) {
      bad = bisection.bad.hex
      good = bisection.good.sorted().map(\.hex)
      skipped = bisection.skipped.sorted().map(\.hex)
    }
  }
  /// Where the remote that push and pull take by themselves has the branch; `nil` where that is not known.
  let upstream: UpstreamSummary?

  init(_ repository: Repository, _ view: LedgerView) throws {
    let status = try view.status()
    store = repository.path
    branch = if case .branch(let name, _) = status.head { name } else { nil }
    let entry = try status.head.commit.map { try ResolvedCommit($0, in: view) }
    let decorations = try Decorations(view)
    commit = entry.map { CommitSummary($0, names: decorations.names(of: $0.id)) }
    model = try status.model.map { ModelSummary($0, try view.snapshot.object($0)) }
    activeDeltas = status.activeDeltas
    omittedDeltas = status.omittedDeltas
    editedTensors = entry?.commit.stateDigests.count ?? 0
    lastOperation = status.lastOperation
    bisection = try view.bisectionUnderWay().map { Search($0) }
    upstream = try UpstreamSummary(of: status.head, in: view)
  }

  func print(on terminal: Terminal) throws {
    if let branch {
      try terminal.print("On branch \(terminal.styled(branch, .green))")
    } else {
      try terminal.print(terminal.styled("On no branch", .red))
    }
    func row(_ name: String, _ value: String) throws {
      let padding = String(repeating: " ", count: max(1, 8 - name.count))
      try terminal.print(terminal.styled(name, .faint) + padding + value)
    }
    guard let commit else {
      try row("commit", "none yet; 'rledit import PATH' makes the first one")
      return try row("store", store)
    }
    try row(
      "commit", "\(terminal.styled(String(commit.id.prefix(12)), .yellow)) \(commit.subject)")
    if let upstream { try row("remote", upstream.wording) }
    if let model { try row("model", "\(model.name): \(model.wording)") }
    let omitted = omittedDeltas > 0 ? ", \(omittedDeltas) taken off" : ""
    try row(
      "deltas",
      "\(activeDeltas) active\(omitted), \(Quantity.count(editedTensors, "tensor")) edited")
    try row("store", store)
    if let bisection {
      try row(
        "bisect",
        "a search for the first bad commit is under way: \(bisection.bad.prefix(12)) is bad, "
          + "\(bisection.good.count) good, \(bisection.skipped.count) skipped; "
          + "'rledit bisect reset' ends it")
    }
  }
}

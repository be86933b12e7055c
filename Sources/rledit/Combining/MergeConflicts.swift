import Ledger
import ObjectModel

/// Which side of a merge wins where both cannot.
enum MergePreference: String, CaseIterable, Sendable {
  case ours
  case theirs
  /// All edits stay; what they add up to is left to the arithmetic.
  case both
}

/// What two sides of a merge are at odds about, found before anything is written.
struct MergeConflicts {
  let facts: [FactConflict]
  let overlaps: [SubspaceConflict]
  /// Subjects that both sides edited without being at odds.
  let sharedSubjects: [String]
  private let shared: SharedFacts
  private let ours: [EditedCommit]
  private let theirs: [EditedCommit]
  /// Numbers of commits in conflict, of our side and of theirs.
  private let inConflict: (ours: Set<Int>, theirs: Set<Int>)

  var isEmpty: Bool { facts.isEmpty && overlaps.isEmpty }

  /// - Parameter limit: overlaps of key subspaces above it count as conflicts.
  /// - Throws: `ModelStoreError`, `ObjectStoreError`, `CancellationError`.
  init(
    of plan: MergePlan, overlapLimit limit: Double, in repository: Repository, _ view: LedgerView
  ) throws {
    ours = try Self.commits(of: plan.ours, plan.ourEntries, view)
    theirs = try Self.commits(of: plan.theirs, plan.theirEntries, view)
    shared = SharedFacts(ours: ours, theirs: theirs)
    facts = shared.conflicts.map(\.conflict)
    sharedSubjects = shared.sharedSubjects
    let pairs =
      limit < 1
      ? try SubspaceOverlaps(repository: repository).pairs(ours, theirs, over: limit) : []
    overlaps = pairs.map(\.conflict)
    inConflict = (
      Set(shared.conflicts.flatMap(\.ours) + pairs.map(\.ours)),
      Set(shared.conflicts.flatMap(\.theirs) + pairs.map(\.theirs))
    )
  }

  /// The entries that have to go for one side to win.
  func losers(_ preference: MergePreference) -> Set<ChainEntry> {
    Set(losingCommits(preference).flatMap(\.entries))
  }

  /// The records that go with them, in order, without those that are in conflict: what would have to be
  /// edited in again.
  func lostRecords(_ preference: MergePreference) -> [EditRecord] {
    losingCommits(preference).flatMap(\.records).filter { !shared.isInConflict($0) }
  }

  private func losingCommits(_ preference: MergePreference) -> [EditedCommit] {
    switch preference {
    case .both: []
    case .ours: inConflict.theirs.sorted().map { theirs[$0] }
    case .theirs: inConflict.ours.sorted().map { ours[$0] }
    }
  }

  /// The commits that brought in what one side has and is not answered, in the order of the chain.
  private static func commits(
    of tip: CommitID, _ entries: [ChainEntry], _ view: LedgerView
  ) throws -> [EditedCommit] {
    try view.commits(bringing: entries, in: tip).map { id, entries in
      EditedCommit(commit: id, entries: entries, records: try view.commit(id).edits)
    }
  }
}

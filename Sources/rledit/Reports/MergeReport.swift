import Ledger
import ObjectModel

/// What a merge found and did.
struct MergeReport: Report {
  /// `nil` where the branch had no commit.
  let ours: String?
  let theirs: String
  let bases: [String]
  let strategy: String
  let dryRun: Bool
  /// Deltas of their side that came in, and ours that went because it has them not.
  private(set) var added = 0
  private(set) var takenOut = 0
  /// `merged`, `fast-forward`, `up-to-date` (in a dry run: what it would be), or nothing where conflicts
  /// stop the merge.
  private(set) var outcome: String?
  /// The commit that is current now.
  private(set) var commit: String?
  private(set) var factConflicts: [FactConflict] = []
  private(set) var overlapConflicts: [SubspaceConflict] = []
  private(set) var sharedSubjects: [String] = []
  /// Deltas left out for conflicts, and the records that went with them and are not in conflict.
  private(set) var leftOut = 0
  private(set) var lost: [EditRecordReport] = []

  init(_ plan: MergePlan, _ strategy: MergeStrategy, dryRun: Bool) {
    ours = plan.ours.hex
    theirs = plan.theirs.hex
    bases = plan.bases.map(\.hex)
    self.strategy = strategy.rawValue
    self.dryRun = dryRun
  }

  /// What beginning a branch with another history did.
  init(beginningAt theirs: CommitID, deltas: Int, _ strategy: MergeStrategy, dryRun: Bool) {
    ours = nil
    self.theirs = theirs.hex
    bases = []
    self.strategy = strategy.rawValue
    self.dryRun = dryRun
    added = deltas
    takenOut = 0
    outcome = "fast-forward"
    commit = dryRun ? nil : theirs.hex
  }

  mutating func add(_ conflicts: MergeConflicts, lost: [EditRecord], leftOut: Int) {
    factConflicts = conflicts.facts
    overlapConflicts = conflicts.overlaps
    sharedSubjects = conflicts.sharedSubjects
    self.leftOut = leftOut
    self.lost = lost.map { EditRecordReport($0) }
  }

  mutating func add(_ effect: MergeEffect) {
    added = effect.broughtIn
    takenOut = effect.takenOut
    outcome =
      switch effect.step {
      case .upToDate: "up-to-date"
      case .fastForward: "fast-forward"
      case .merged: "merged"
      }
  }

  mutating func finish(_ outcome: MergeOutcome) { commit = outcome.commit?.hex }

  func print(on terminal: Terminal) throws {
    for conflict in factConflicts {
      try terminal.print(
        terminal.styled("conflict", .red)
          + " \(conflict.prompt) \(terminal.styled(conflict.ourTarget, .green)) in "
          + "\(conflict.ourCommit.prefix(12)), \(terminal.styled(conflict.theirTarget, .green)) in "
          + "\(conflict.theirCommit.prefix(12))")
    }
    for conflict in overlapConflicts {
      try terminal.print(
        terminal.styled("conflict", .red)
          + " \(conflict.ourCommit.prefix(12)) and \(conflict.theirCommit.prefix(12)) share "
          + "\(Quantity.percent(conflict.overlap)) of their keys in \(conflict.tensor)")
    }
    if !sharedSubjects.isEmpty {
      let some = sharedSubjects.prefix(3).joined(separator: ", ")
      let more = sharedSubjects.count > 3 ? " and \(sharedSubjects.count - 3) more" : ""
      try terminal.print("note: both sides edited \(some)\(more)")
    }
    if leftOut > 0 {
      try terminal.print(
        "Left out \(Quantity.count(leftOut, "delta")), and with them "
          + "\(Quantity.count(lost.count, "other edit")).")
    }
    switch outcome {
    case "up-to-date": try terminal.print("Already up to date.")
    case "fast-forward":
      try terminal.print(
        dryRun
          ? "Would move forward to \(theirs.prefix(12))."
          : "Moved forward to \(theirs.prefix(12)).")
    case "merged":
      try terminal.print(
        dryRun
          ? "Would merge \(brought)."
          : "\(terminal.styled(String((commit ?? "").prefix(12)), .yellow)) merged \(brought)")
    default: break
    }
  }

  private var brought: String {
    let side = theirs.prefix(12)
    let deltas =
      added > 0 ? "\(Quantity.count(added, "delta")) of \(side)" : "\(side) without any delta"
    return deltas + (takenOut > 0 ? ", \(takenOut) taken out" : "")
  }
}

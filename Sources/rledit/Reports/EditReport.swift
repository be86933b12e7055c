import Editing
import ModelStore
import ObjectModel

/// What `rledit edit` did.
struct EditReport: Report {
  /// One batch, or facts of earlier ones that were rehearsed.
  struct CommitLine: Encodable {
    let commit: String
    let edits: Int
    let isRehearsal: Bool
    let steps: Int
    let rank: Int
    let lossBefore: Double
    let lossAfter: Double
    let efficacyBefore: Double
    let efficacyAfter: Double
    let seconds: Double
    let subjects: [String]

    init(_ step: EditRun.Step, isRehearsal: Bool = false) {
      commit = step.commit.hex
      self.isRehearsal = isRehearsal
      edits = step.records.count
      steps = step.outcome.steps
      rank = step.outcome.updates.map(\.rank).max() ?? 0
      lossBefore = step.outcome.lossBefore
      lossAfter = step.outcome.lossAfter
      efficacyBefore = step.outcome.efficacyBefore
      efficacyAfter = step.outcome.efficacyAfter
      seconds = step.seconds
      subjects = step.records.map(\.subject)
    }
  }

  /// The looks at earlier facts.
  struct Rehearsals: Encodable {
    /// Facts looked at, and of them those that were edited again; a fact counts at every look.
    var visited = 0
    var lost = 0
    /// With the edits.
    var seconds = 0.0
  }

  let edits: Int
  let preservedPrompts: Int
  var commits: [CommitLine] = []
  /// `nil` where earlier facts were not looked at.
  private(set) var rehearsals: Rehearsals?

  /// Takes in a look at earlier facts.
  mutating func note(_ look: EditRun.Look) {
    var sum = rehearsals ?? Rehearsals()
    sum.visited += look.visited
    sum.seconds += look.seconds
    sum.lost += look.lost
    commits += look.steps.map { CommitLine($0, isRehearsal: true) }
    rehearsals = sum
  }

  func print(on terminal: Terminal) throws {
    for line in commits {
      let edited =
        line.isRehearsal
        ? "\(Quantity.count(line.edits, "fact")) again" : Quantity.count(line.edits, "edit")
      let loss = "\(Quantity.fixed(line.lossBefore, 2)) → \(Quantity.fixed(line.lossAfter, 2))"
      let efficacy =
        "\(Quantity.percent(line.efficacyBefore)) → \(Quantity.percent(line.efficacyAfter))"
      try terminal.print(
        "\(terminal.styled(String(line.commit.prefix(12)), .yellow))  "
          + "\(edited): loss \(loss), efficacy \(efficacy), "
          + "\(Quantity.count(line.steps, "step")), rank up to \(line.rank), "
          + Quantity.seconds(line.seconds))
    }
    let batches = commits.filter { !$0.isRehearsal }
    let made = batches.reduce(0) { $0 + $1.edits }
    let share =
      made < edits ? "\(made) of \(Quantity.count(edits, "edit"))" : Quantity.count(edits, "edit")
    try terminal.print(
      "Made \(share) in \(Quantity.count(batches.count, "commit")).")
    if let rehearsals {
      try terminal.print(
        "Looked at \(Quantity.count(rehearsals.visited, "earlier fact")): "
          + "\(rehearsals.lost) did not hold and were edited again, in "
          + "\(Quantity.count(commits.count - batches.count, "commit")), "
          + "\(Quantity.seconds(rehearsals.seconds)) in all.")
    }
  }
}

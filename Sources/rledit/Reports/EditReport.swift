import Editing
import ModelStore
import ObjectModel

/// What `rledit edit` did.
struct EditReport: Report {
  /// One batch.
  struct CommitLine: Encodable {
    let commit: String
    let edits: Int
    let steps: Int
    let rank: Int
    let lossBefore: Double
    let lossAfter: Double
    let efficacyBefore: Double
    let efficacyAfter: Double
    let seconds: Double
    let subjects: [String]

    init(_ step: EditRun.Step) {
      commit = step.commit.hex
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

  let edits: Int
  let preservedPrompts: Int
  var commits: [CommitLine] = []

  func print(on terminal: Terminal) throws {
    for line in commits {
      let loss = "\(Quantity.fixed(line.lossBefore, 2)) → \(Quantity.fixed(line.lossAfter, 2))"
      let efficacy =
        "\(Quantity.percent(line.efficacyBefore)) → \(Quantity.percent(line.efficacyAfter))"
      try terminal.print(
        "\(terminal.styled(String(line.commit.prefix(12)), .yellow))  "
          + "\(Quantity.count(line.edits, "edit")): loss \(loss), efficacy \(efficacy), "
          + "\(Quantity.count(line.steps, "step")), rank up to \(line.rank), "
          + Quantity.seconds(line.seconds))
    }
    let made = commits.reduce(0) { $0 + $1.edits }
    let share =
      made < edits ? "\(made) of \(Quantity.count(edits, "edit"))" : Quantity.count(edits, "edit")
    try terminal.print(
      "Made \(share) in \(Quantity.count(commits.count, "commit")).")
  }
}

import Glibc
import Ledger
import ObjectModel

/// Which commits an answer hangs on.
struct BlameReport: Report {
  struct CommitLine: Encodable {
    /// `nil` for deltas that no commit of the history says it brought in.
    let commit: String?
    let subject: String?
    /// By how much the log-probability of the answer would be lower without the commit, in nats.
    let effect: Double?
    /// The same to first order; `nil` for a commit that does what this is not told of.
    let firstOrder: Double?
    /// The commit's records with this prompt.
    let records: [EditRecordReport]
  }

  let revision: String
  let prompt: String
  let answer: String
  /// Natural logarithms.
  let logProbability: Double
  let uneditedLogProbability: Double
  let commits: [CommitLine]
  private let left: Int
  /// Whether something is told of all that are left.
  private let leftHaveLess: Bool

  private enum CodingKeys: String, CodingKey {
    case revision, prompt, answer, logProbability, uneditedLogProbability, commits
  }

  init(
    _ blame: BlameRun, prompt: String, at revision: ResolvedCommit, limit: Int, _ view: LedgerView
  ) throws {
    self.revision = revision.id.hex
    self.prompt = prompt
    answer = blame.answer
    logProbability = blame.logProbability
    uneditedLogProbability = blame.unedited
    commits = try blame.suspects.prefix(limit).map { suspect in
      let commit = try suspect.commit.map { try view.commit($0) }
      return CommitLine(
        commit: suspect.commit?.hex, subject: commit?.subject, effect: suspect.measured,
        firstOrder: suspect.firstOrder,
        records: commit?.edits.filter { $0.prompt == prompt }.map { EditRecordReport($0) } ?? [])
    }
    left = max(0, blame.suspects.count - limit)
    leftHaveLess = blame.suspects.dropFirst(limit).allSatisfy {
      $0.measured != nil || $0.firstOrder != nil
    }
  }

  func print(on terminal: Terminal) throws {
    try terminal.print(
      "\(prompt)\(terminal.styled(answer, .bold))  "
        + "\(Quantity.percent(exp(logProbability))) here, "
        + "\(Quantity.percent(exp(uneditedLogProbability))) unedited")
    let table = Table(
      header: ["effect", "first order", "commit", ""],
      rows: commits.map { line in
        [
          line.effect.map { Quantity.fixed($0, 3) } ?? "–",
          line.firstOrder.map { Quantity.measured($0) } ?? "–",
          String((line.commit ?? "unknown").prefix(12)),
          (line.subject ?? "") + (line.records.isEmpty ? "" : " (edits this prompt)"),
        ]
      },
      alignsLeft: [false, false, true, true])
    for line in table.lines(on: terminal) { try terminal.print(line) }
    if left > 0 {
      try terminal.print(
        Quantity.count(left, "more commit") + (leftHaveLess ? " with less effect" : ""))
    }
  }
}

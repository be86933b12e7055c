import Ledger
import ObjectModel

/// Where a search for the first bad commit stands.
struct BisectReport: Report {
  /// The commit to look at next.
  private(set) var next: String?
  /// Commits that may still be the first bad one.
  private(set) var candidates: [String]?
  private(set) var remaining: Int?
  /// Looks that it will take, about.
  private(set) var steps: Int?
  /// The first bad commit.
  private(set) var found: String?
  /// The edits of the commit found.
  private(set) var records: [EditRecordReport] = []
  private let subject: String

  private enum CodingKeys: String, CodingKey {
    case next, candidates, remaining, steps, found, records
  }

  init(_ step: Bisection.Step, in view: LedgerView) throws {
    switch step {
    case .look(let commit, let candidates, let steps):
      next = commit.hex
      remaining = candidates
      self.steps = steps
      subject = try view.commit(commit).subject
    case .found(let commit):
      found = commit.hex
      subject = try view.commit(commit).subject
      records = try view.commit(commit).edits.map { EditRecordReport($0) }
    case .unclear(let commits):
      candidates = commits.map(\.hex)
      subject = ""
    }
  }

  func print(on terminal: Terminal) throws {
    if let next, let remaining, let steps {
      try terminal.print(
        "At \(terminal.styled(String(next.prefix(12)), .yellow)) \(subject): is it good? "
          + "(\(remaining) left, about \(Quantity.count(steps, "look")) more)")
    } else if let found {
      try terminal.print(
        "\(terminal.styled(String(found.prefix(12)), .yellow)) is the first bad commit: \(subject)")
      for record in records { try terminal.print("    " + record.wording(on: terminal)) }
    } else if let candidates {
      try terminal.print("The first bad commit is one of these; the others cannot be told:")
      for commit in candidates {
        try terminal.print(terminal.styled(String(commit.prefix(12)), .yellow))
      }
    }
  }
}

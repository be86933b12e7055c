import Ledger
import ObjectModel

/// Commits that were put on the current line.
struct LineReport: Report {
  struct CommitLine: Encodable {
    let commit: String
    let subject: String
  }

  /// The oldest first.
  let commits: [CommitLine]
  /// Commits whose changes were there already.
  let passedOver: Int
  /// What is said where there are none.
  private let otherwise: String?

  private enum CodingKeys: String, CodingKey {
    case commits, passedOver
  }

  init(_ made: [LogEntry], passedOver: Int, otherwise: String? = nil) {
    self.otherwise = otherwise
    commits = made.map { CommitLine(commit: $0.id.hex, subject: $0.commit.subject) }
    self.passedOver = passedOver
  }

  func print(on terminal: Terminal) throws {
    for line in commits {
      try terminal.print(
        "\(terminal.styled(String(line.commit.prefix(12)), .yellow)) \(line.subject)")
    }
    if passedOver > 0 {
      try terminal.print(
        "Passed over \(Quantity.count(passedOver, "commit")) whose changes are there already.")
    }
    if commits.isEmpty, let otherwise { try terminal.print(otherwise) }
  }
}

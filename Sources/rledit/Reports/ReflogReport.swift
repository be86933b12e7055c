import Ledger
import ObjectModel
import ObjectStore

/// Where a reference has been.
struct ReflogReport: Report {
  struct Move: Encodable {
    /// The operation's number.
    let operation: Int
    /// RFC 3339, UTC.
    let time: String
    let command: String
    /// `nil` where the reference was removed.
    let commit: String?
    /// `nil` also where the commit is not in the store any more.
    let subject: String?
    /// Whether a collection has taken the commit out.
    let isCollected: Bool
  }

  let name: String
  let moves: [Move]

  init(name: String, _ moves: [PastValue], in view: LedgerView) throws {
    self.name = name
    self.moves = try moves.map { move in
      let isThere = try move.commit.map { try view.snapshot.contains($0) } ?? true
      return Move(
        operation: move.number, time: Quantity.timestamp(move.operation.time),
        command: move.operation.command, commit: move.commit?.hex,
        subject: isThere ? try move.commit.map { try view.commit($0).subject } : nil,
        isCollected: !isThere)
    }
  }

  func print(on terminal: Terminal) throws {
    for move in moves {
      let commit = move.commit.map { String($0.prefix(12)) } ?? "removed     "
      try terminal.print(
        "\(terminal.styled(commit, .yellow))  \(move.operation)  \(Wording.plain(move.command))"
          + terminal.styled(move.isCollected ? "  (collected)" : "  \(move.subject ?? "")", .faint))
    }
  }
}

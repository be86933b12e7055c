import Ledger
import ObjectModel

/// A listing of commits, each shown when it is come to: a long history begins to appear at once.
struct LogReport: Report {
  private enum Key: String, CodingKey {
    case commits
  }

  let format: LogFormat
  /// Calls a function with the commits in order.
  let forEach: (_ body: (LogEntry) throws -> Void) throws -> Void

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    var commits = container.nestedUnkeyedContainer(forKey: .commits)
    try forEach { try commits.encode(format.summary(of: $0)) }
  }

  func print(on terminal: Terminal) throws {
    var isFirst = true
    try forEach { entry in
      if !format.isBrief, !isFirst { try terminal.print() }
      isFirst = false
      for line in try format.lines(of: entry, on: terminal) { try terminal.print(line) }
    }
  }
}

/// A listing with a drawing of how commits follow from one another, for which all must be known.
struct GraphReport: Report {
  private enum Key: String, CodingKey {
    case commits
  }

  let entries: [LogEntry]
  let format: LogFormat

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(entries.map { try format.summary(of: $0) }, forKey: .commits)
  }

  func print(on terminal: Terminal) throws {
    let rows = LogGraph(entries).rows.map { GraphLines($0) }
    for (index, (entry, graph)) in zip(entries, rows).enumerated() {
      for (number, line) in try format.lines(of: entry, on: terminal).enumerated() {
        try terminal.print(((number == 0 ? graph.first : graph.rest) + line).trimmingTrailingSpaces)
      }
      if !format.isBrief, index < entries.count - 1 {
        try terminal.print(graph.rest.trimmingTrailingSpaces)
      }
      if let connection = graph.connection { try terminal.print(connection.trimmingTrailingSpaces) }
    }
  }
}

/// How listings show a commit.
struct LogFormat {
  let decorations: Decorations
  let isBrief: Bool
  /// Whose signatures are trusted; `nil` where signatures are not looked at.
  let signers: AllowedSigners?
  /// Where the notes are.
  let view: LedgerView

  func summary(of entry: LogEntry) throws -> CommitSummary {
    CommitSummary(
      ResolvedCommit(entry), names: decorations.names(of: entry.id),
      signature: signers?.status(of: entry.commit), notes: try notes(on: entry))
  }

  func lines(of entry: LogEntry, on terminal: Terminal) throws -> [String] {
    if isBrief { return [brief(entry, terminal)] }
    return try full(entry, terminal)
      + notes(on: entry).flatMap { [""] + $0.lines(on: terminal) }
  }

  private func notes(on entry: LogEntry) throws -> [NoteReport] {
    try view.notes(on: entry.id).map { NoteReport($0, trusting: signers) }
  }

  private func brief(_ entry: LogEntry, _ terminal: Terminal) -> String {
    terminal.styled(entry.id.short, .yellow) + decorations.suffix(of: entry.id, on: terminal)
      + " " + entry.commit.subject
  }

  private func full(_ entry: LogEntry, _ terminal: Terminal) -> [String] {
    let commit = entry.commit
    var lines = [
      terminal.styled("commit \(entry.id.short)", .yellow)
        + decorations.suffix(of: entry.id, on: terminal),
      "Author: \(Wording.plain(commit.author))",
      "Date:   \(Quantity.time(commit.time))",
      "Kind:   \(CommitWording.kind(of: commit))",
    ]
    lines.append("")
    lines += commit.message.split(separator: "\n", omittingEmptySubsequences: false)
      .map { "    \($0)" }
    return lines
  }
}

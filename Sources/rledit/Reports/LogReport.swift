import Ledger
import ObjectModel

/// A listing of commits.
struct LogReport: Report {
  private enum Key: String, CodingKey {
    case commits
  }

  let entries: [LogEntry]
  let decorations: Decorations
  let drawsGraph: Bool
  let isBrief: Bool

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(
      entries.map { CommitSummary(ResolvedCommit($0), names: decorations.names(of: $0.id)) },
      forKey: .commits)
  }

  func print(on terminal: Terminal) throws {
    let rows = drawsGraph ? LogGraph(entries).rows.map { GraphLines($0) } : []
    for (index, entry) in entries.enumerated() {
      let lines = isBrief ? [brief(entry, terminal)] : full(entry, terminal)
      let isLast = index == entries.count - 1
      guard drawsGraph else {
        for line in lines { try terminal.print(line) }
        if !isBrief, !isLast { try terminal.print() }
        continue
      }
      let graph = rows[index]
      for (number, line) in lines.enumerated() {
        try terminal.print(((number == 0 ? graph.first : graph.rest) + line).trimmingTrailingSpaces)
      }
      if !isBrief, !isLast { try terminal.print(graph.rest.trimmingTrailingSpaces) }
      if let connection = graph.connection { try terminal.print(connection.trimmingTrailingSpaces) }
    }
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
      "Author: \(commit.author)",
      "Date:   \(Quantity.time(commit.time))",
      "Kind:   \(CommitWording.kind(of: commit))",
    ]
    lines.append("")
    lines += commit.message.split(separator: "\n", omittingEmptySubsequences: false)
      .map { "    \($0)" }
    return lines
  }
}

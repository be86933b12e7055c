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
        try terminal.print(trimmed((number == 0 ? graph.first : graph.rest) + line))
      }
      if !isBrief, !isLast { try terminal.print(trimmed(graph.rest)) }
      if let connection = graph.connection { try terminal.print(trimmed(connection)) }
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

  private func trimmed(_ line: String) -> String {
    String(line.reversed().drop { $0 == " " }.reversed())
  }
}

/// Words for commits.
enum CommitWording {
  /// What a commit did, in one line: `edit (5 facts, 1 delta added; efficacy 0.2 → 1)`.
  static func kind(of commit: Commit) -> String {
    var parts: [String] = []
    if !commit.edits.isEmpty { parts.append(Quantity.count(commit.edits.count, "fact")) }
    if !commit.added.isEmpty {
      parts.append(Quantity.count(commit.added.count, "delta") + " added")
    }
    if !commit.omitted.isEmpty {
      parts.append(Quantity.count(commit.omitted.count, "delta") + " taken off")
    }
    for metric in commit.metrics where metric.name.hasPrefix("after.") {
      let name = String(metric.name.dropFirst("after.".count))
      let before = commit.metrics.first { $0.name == "before.\(name)" }
      parts.append(
        "\(name) " + (before.map { "\(Quantity.measured($0.value)) → " } ?? "")
          + Quantity.measured(metric.value))
    }
    return commit.operation.word + (parts.isEmpty ? "" : " (\(parts.joined(separator: ", ")))")
  }
}

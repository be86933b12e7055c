import ModelStore
import ObjectModel

/// What a replay found.
struct ReplayReport: Report {
  /// A matrix that came out differently.
  struct Mismatch: Encodable {
    let tensor: String
    let recorded: String?
    let derived: String?
  }

  /// A commit whose weights were derived again.
  struct Commit: Encodable {
    let id: String
    let subject: String
    let tensors: Int
    let mismatches: [Mismatch]

    init(_ commit: ReplayedCommit, subject: String) {
      id = commit.id.hex
      self.subject = subject
      tensors = commit.tensorCount
      mismatches = commit.mismatches.map {
        Mismatch(tensor: $0.tensor, recorded: $0.recorded?.hex, derived: $0.derived?.hex)
      }
    }
  }

  /// A commit whose deltas were made again.
  struct Regeneration: Encodable {
    let id: String
    let recorded: [String]
    let derived: [String]

    var agrees: Bool { recorded == derived }

    init(_ commit: RegeneratedCommit) {
      id = commit.id.hex
      recorded = commit.recorded.map(\.hex)
      derived = commit.derived.map(\.hex)
    }
  }

  private enum Key: String, CodingKey {
    case agrees, commits, regenerated
  }

  /// Oldest first; `nil` where the weights were not derived.
  var commits: [Commit]?
  /// `nil` where no deltas were computed again.
  var regenerated: [Regeneration]?

  var agrees: Bool {
    (commits ?? []).allSatisfy { $0.mismatches.isEmpty } && (regenerated ?? []).allSatisfy(\.agrees)
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(agrees, forKey: .agrees)
    try container.encodeIfPresent(commits, forKey: .commits)
    try container.encodeIfPresent(regenerated, forKey: .regenerated)
  }

  func print(on terminal: Terminal) throws {
    for commit in commits ?? [] {
      let answer = mark(commit.mismatches.isEmpty, terminal)
      try terminal.print(
        "\(answer)  \(terminal.styled(String(commit.id.prefix(12)), .yellow))  \(commit.subject) "
          + "(\(Quantity.count(commit.tensors, "edited tensor")))")
      for mismatch in commit.mismatches {
        try terminal.print(
          "    \(mismatch.tensor): recorded \(mismatch.recorded ?? "nothing"), "
            + "derived \(mismatch.derived ?? "nothing")")
      }
    }
    if let commits {
      let bad = commits.filter { !$0.mismatches.isEmpty }.count
      try terminal.print(
        bad == 0
          ? "Derived \(Quantity.count(commits.count, "commit")) from the base: every digest as recorded."
          : "Derived \(Quantity.count(commits.count, "commit")) from the base: \(bad) differ.")
    }
    for commit in regenerated ?? [] where !commit.agrees {
      try terminal.print(
        "\(mark(false, terminal))  \(commit.id.prefix(12)): recorded "
          + "\(names(commit.recorded)), made again \(names(commit.derived))")
    }
    if let regenerated {
      let bad = regenerated.filter { !$0.agrees }.count
      try terminal.print(
        "Made the deltas of \(Quantity.count(regenerated.count, "commit")) again from the recipes: "
          + (bad == 0 ? "every id as recorded." : "\(bad) differ."))
    }
  }

  private func mark(_ agrees: Bool, _ terminal: Terminal) -> String {
    agrees ? terminal.styled("same", .green) : terminal.styled("DIFFERS", .red)
  }

  private func names(_ ids: [String]) -> String {
    ids.isEmpty ? "nothing" : ids.map { String($0.prefix(12)) }.joined(separator: " ")
  }
}

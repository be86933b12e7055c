import ObjectModel

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

/// What `rledit curve` measured.
struct CurveReport: Report {
  /// The measures at one commit.
  struct Point: Encodable {
    let commit: String
    /// Commits that changed the weights, up to here.
    let number: Int
    /// Commits of edits that are active here, and their edits.
    let commits: Int
    let edits: Int
    let deltaBytes: Int
    /// What the active edits took, where their commits tell it.
    let editingSecondsPerEdit: Double?
    let editingMemoryBytes: Int?
    let measures: MeasuresReport
    /// What measuring here took; at the first point with all that was prepared for the others.
    let seconds: Double

    private enum Key: String, CodingKey {
      case commit
      case number
      case commits
      case edits
      case deltaBytes
      case editingSecondsPerEdit
      case editingMemoryBytes
      case seconds
    }

    func encode(to encoder: any Encoder) throws {
      try measures.encode(to: encoder)
      var container = encoder.container(keyedBy: Key.self)
      try container.encode(commit, forKey: .commit)
      try container.encode(number, forKey: .number)
      try container.encode(commits, forKey: .commits)
      try container.encode(edits, forKey: .edits)
      try container.encode(deltaBytes, forKey: .deltaBytes)
      try container.encodeIfPresent(editingSecondsPerEdit, forKey: .editingSecondsPerEdit)
      try container.encodeIfPresent(editingMemoryBytes, forKey: .editingMemoryBytes)
      try container.encode(seconds, forKey: .seconds)
    }
  }

  let revision: String
  /// The revision as it was asked for.
  let name: String
  /// Commits that changed the weights between one point and the next.
  let every: Int
  /// The file whose records were measured, where it was not the history's own edits.
  let facts: String?
  /// The conditions that they meet, as they were given.
  let conditions: [String]
  /// The most of them that were drawn by lot, and by which lots.
  let sample: Int?
  let seed: UInt64?
  /// The file that perplexity was measured on.
  let text: String?
  var points: [Point] = []
  var seconds = 0.0
  var peakMemoryBytes = 0

  func print(on terminal: Terminal) throws {
    let columns = [
      "efficacy", "generalisation", "specificity", "locality", "generation_efficacy",
    ]
    let shown = MeasureGroup.all.flatMap(\.measures).filter { columns.contains($0.column) }
    let table = Table(
      header: [
        "edits", "commit", "efficacy", "generalisation", "specificity", "locality", "said",
        "perplexity",
      ],
      rows: points.map { point in
        [String(point.edits), String(point.commit.prefix(12))]
          + shown.map { $0.value(point.measures)?.value.map(Quantity.percent) ?? "–" }
          + [point.measures.perplexity.map { Quantity.fixed($0.here, 2) } ?? "–"]
      },
      alignsLeft: [false, true, false, false, false, false, false, false])
    for line in table.lines(on: terminal) { try terminal.print(line) }
    try terminal.print(
      terminal.styled(
        "said: targets by free generation, exact match; the other measures are teacher-forced",
        .faint))
    try terminal.print(
      terminal.styled(
        "measured in \(Quantity.seconds(seconds)), at most "
          + "\(Quantity.bytes(peakMemoryBytes)) of memory", .faint))
  }
}

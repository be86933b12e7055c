/// What `rledit eval` measured.
struct EvaluationReport: Report {
  /// What it took, and what the edits took and take.
  struct Cost: Encodable {
    /// Of measuring, as the two below.
    let seconds: Double
    let secondsPerRecord: Double
    let peakMemoryBytes: Int
    /// Edits that are active at the revision, their commits, and the bytes of their deltas.
    let activeEdits: Int
    let activeCommits: Int
    let deltaBytes: Int
    let deltaBytesPerEdit: Double?
    /// Of editing, without storing and rehearsing, where the active commits tell it.
    let editingSecondsPerEdit: Double?
    let editingMemoryBytes: Int?
    /// The means of what the active commits recorded of themselves, a commit counting by its edits.
    let commitMetrics: [String: Double]
  }

  let revision: String
  let here: MeasuresReport
  let unedited: MeasuresReport
  let cost: Cost

  private enum Key: String, CodingKey {
    case revision
    case unedited
    case cost
  }

  func encode(to encoder: any Encoder) throws {
    try here.encode(to: encoder)
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(revision, forKey: .revision)
    try container.encode(unedited, forKey: .unedited)
    try container.encode(cost, forKey: .cost)
  }

  func print(on terminal: Terminal) throws {
    try terminal.print(
      "\(Quantity.count(here.records, "edit record")) at \(revision.prefix(12)):")
    let table = Table(
      header: ["", "here", "95 % interval", "unedited", "answers", ""], rows: rows,
      alignsLeft: [true, false, false, false, false, true])
    for line in table.lines(on: terminal) { try terminal.print(line) }
    if let perplexity = here.perplexity {
      try terminal.print(
        "perplexity \(Quantity.fixed(perplexity.here, 2)) on \(perplexity.tokens) tokens, "
          + "\(Quantity.fixed(perplexity.unedited, 2)) unedited "
          + "(\(Self.change(perplexity.ratio)); 95 % interval "
          + "\(Self.change(perplexity.ratioLow)) … \(Self.change(perplexity.ratioHigh)))")
    }
    try terminal.print(
      terminal.styled(
        "measured in \(Quantity.seconds(cost.seconds)), "
          + "at most \(Quantity.bytes(cost.peakMemoryBytes)) of memory", .faint))
    try terminal.print(terminal.styled(editing, .faint))
  }

  /// What is told of the active edits.
  private var editing: String {
    var parts = [
      "\(Quantity.count(cost.activeEdits, "active edit")) in \(Quantity.bytes(cost.deltaBytes)) of deltas"
    ]
    if let seconds = cost.editingSecondsPerEdit {
      parts.append("made in \(Quantity.seconds(seconds)) each")
    }
    if let memory = cost.editingMemoryBytes {
      parts.append("with at most \(Quantity.bytes(memory)) of memory")
    }
    if let replaced = here.replaced, replaced > 0 {
      parts.append("\(replaced) not measured, since later ones of the same facts took their place")
    }
    return parts.joined(separator: ", ")
  }

  private static func change(_ ratio: Double) -> String {
    "\(ratio >= 1 ? "+" : "")\(Quantity.percent(ratio - 1))"
  }

  private var rows: [[String]] {
    var rows: [[String]] = []
    for group in MeasureGroup.all
    where group.measures.contains(where: { $0.value(here)?.value != nil }) {
      rows.append([group.title, "", "", "", "", ""])
      for measure in group.measures {
        guard let value = measure.value(here) else { continue }
        rows.append(
          row(measure.label, value, unedited: measure.value(unedited), measure.meaning))
      }
    }
    if let retention = here.retention, !retention.isEmpty {
      let meaning = "commits of edits made since"
      rows.append(["efficacy by age", "", "", "", "", ""])
      for (index, line) in retention.enumerated() {
        rows.append(row(line.ages, line.efficacy, unedited: nil, index == 0 ? meaning : ""))
      }
      if here.generation != nil { rows.append(["the same by exact match", "", "", "", "", ""]) }
      for line in retention {
        if let match = line.exactMatch { rows.append(row(line.ages, match, unedited: nil, "")) }
      }
    }
    return rows
  }

  private func row(
    _ label: String, _ measure: MeasuresReport.Measure, unedited: MeasuresReport.Measure?,
    _ meaning: String
  ) -> [String] {
    guard let value = measure.value, let low = measure.low, let high = measure.high else {
      return ["  \(label)", "–", "", "", "0", meaning]
    }
    return [
      "  \(label)", Quantity.percent(value),
      "\(Quantity.fixed(low * 100, 1)) … \(Quantity.percent(high))",
      unedited?.value.map(Quantity.percent) ?? "", String(measure.count), meaning,
    ]
  }
}

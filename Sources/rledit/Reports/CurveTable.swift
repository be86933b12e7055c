/// The points of a curve as comma-separated values (RFC 4180, lines ending in a line feed): a line
/// for each point under a line of names. What was not measured is empty; numbers have all digits that
/// they need to be read back.
struct CurveTable {
  let text: String

  init(_ report: CurveReport) {
    let ages = Set(report.points.flatMap { $0.measures.retention ?? [] }.map(\.youngest)).sorted()
    var columns: [(name: String, cell: (CurveReport.Point) -> String)] = [
      ("number", { String($0.number) }), ("commit", { $0.commit }),
      ("commits", { String($0.commits) }), ("edits", { String($0.edits) }),
      ("records", { String($0.measures.records) }),
    ]
    func add(
      _ name: String, _ measure: @escaping (MeasuresReport) -> MeasuresReport.Measure?
    ) {
      columns.append((name, { Self.cell(measure($0.measures)?.value) }))
      columns.append(("\(name)_low", { Self.cell(measure($0.measures)?.low) }))
      columns.append(("\(name)_high", { Self.cell(measure($0.measures)?.high) }))
      columns.append(("\(name)_count", { measure($0.measures).map { String($0.count) } ?? "" }))
    }
    for measure in MeasureGroup.all.flatMap(\.measures) { add(measure.column, measure.value) }
    let perplexities: [(String, (MeasuresReport.Perplexity) -> Double)] = [
      ("perplexity", \.here), ("perplexity_low", \.low), ("perplexity_high", \.high),
      ("perplexity_ratio", \.ratio), ("perplexity_ratio_low", \.ratioLow),
      ("perplexity_ratio_high", \.ratioHigh),
    ]
    for (name, value) in perplexities {
      columns.append((name, { Self.cell($0.measures.perplexity.map(value)) }))
    }
    func aged(_ measures: MeasuresReport, _ age: Int) -> MeasuresReport.Retention? {
      measures.retention?.first { $0.youngest == age }
    }
    for age in ages { add("retention_\(age)") { aged($0, age)?.efficacy } }
    for age in ages { add("generation_retention_\(age)") { aged($0, age)?.exactMatch } }
    columns.append(("replaced", { $0.measures.replaced.map(String.init) ?? "" }))
    columns.append(("delta_bytes", { String($0.deltaBytes) }))
    columns.append(("editing_seconds_per_edit", { Self.cell($0.editingSecondsPerEdit) }))
    columns.append(("editing_memory_bytes", { $0.editingMemoryBytes.map(String.init) ?? "" }))
    columns.append(("seconds", { Self.cell($0.seconds) }))
    let lines =
      [columns.map(\.name)] + report.points.map { point in columns.map { $0.cell(point) } }
    text = lines.map { $0.map(Self.quoted).joined(separator: ",") + "\n" }.joined()
  }

  private static func cell(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }

  private static func quoted(_ cell: String) -> String {
    guard cell.contains(where: { "\",\r\n".contains($0) }) else { return cell }
    return "\"" + cell.replacing("\"", with: "\"\"") + "\""
  }
}

/// The points of a curve as an image: a diagram for each way of measuring, one below the other in
/// two columns, over the number of active edits.
struct CurvePlot {
  /// Colours that are told apart by people with any colour vision (Okabe & Ito 2008).
  private static let colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7"]
  private static let dashes: [String?] = [nil, "7 3", "2 3", "9 3 2 3"]
  /// From young to old: light to dark, of one hue after the other (Viridis, without its lightest).
  private static let ageColours = [
    "#b5de2b", "#6ece58", "#35b779", "#1f9e89", "#26828e", "#31688e", "#3e4989", "#482878",
    "#440154",
  ]
  private static let columnWidth = 480.0
  private static let rowHeight = 300.0
  private static let heading = 62.0
  private static let margin = 12.0

  private static let style = """
    text { font-family: "Helvetica Neue", Helvetica, Arial, "Liberation Sans", sans-serif; \
    font-size: 11px; fill: #333; }
    .title { font-size: 17px; font-weight: bold; fill: #111; }
    .heading { font-size: 13px; font-weight: bold; fill: #111; }
    .vertical { text-anchor: end; }
    .horizontal, .label { text-anchor: middle; }
    .grid { stroke: #e3e3e3; }
    .axis { stroke: #666; }
    """

  let text: String

  init(_ report: CurveReport) {
    let panels = Self.panels(report)
    let rows = (panels.count + 1) / 2
    let width = 2 * Self.columnWidth + 2 * Self.margin
    let height = Self.heading + Double(rows) * Self.rowHeight + Self.margin
    var image = SVGText(width: Int(width), height: Int(height))
    let title = "Edits along \(report.name) (\(report.revision.prefix(12)))"
    image.element("title", text: title)
    image.element("style", text: Self.style)
    image.element("rect", [("width", "100%"), ("height", "100%"), ("fill", "#fff")])
    let left = SVGText.number(Self.margin + 48)
    image.element("text", [("x", left), ("y", "30"), ("class", "title")], text: title)
    image.element("text", [("x", left), ("y", "50")], text: Self.subtitle(report))
    for (index, panel) in panels.enumerated() {
      panel.draw(
        in: Panel.Frame(
          x: Self.margin + Double(index % 2) * Self.columnWidth,
          y: Self.heading + Double(index / 2) * Self.rowHeight, width: Self.columnWidth,
          height: Self.rowHeight),
        on: &image)
    }
    text = image.finished
  }

  private static func subtitle(_ report: CurveReport) -> String {
    let most = report.points.map(\.measures.records).max() ?? 0
    var what =
      report.facts.map { "\(Quantity.count(most, "record")) of \($0)" }
      ?? "the active edits, at most \(most) of them"
    if !report.conditions.isEmpty { what += " with \(report.conditions.joined(separator: ", "))" }
    if report.sample != nil { what += ", drawn by lot" }
    return "At each point: \(what). Shaded: 95 % confidence intervals (retention: see the table)."
  }

  /// What points are plotted over: active edits, or where no commit has any, commits.
  private static func places(
    _ report: CurveReport
  ) -> (label: String, of: (CurveReport.Point) -> Int) {
    report.points.contains { $0.edits > 0 }
      ? ("active edits", \.edits) : ("commits that changed the weights", \.number)
  }

  private static func panels(_ report: CurveReport) -> [Panel] {
    let (label, place) = places(report)
    let axis = Axis(countsTo: report.points.map(place).max() ?? 0)
    func panel(_ title: String, _ vertical: Axis, _ series: [Panel.Series]) -> Panel {
      Panel(
        title: title, horizontal: axis, horizontalLabel: label, vertical: vertical, series: series)
    }
    var panels: [Panel] = []
    for group in MeasureGroup.all
    where report.points.contains(where: { group.measures[0].value($0.measures)?.value != nil }) {
      panels.append(
        panel(
          capitalised(group.title), .shares,
          group.measures.enumerated().map { index, measure in
            Panel.Series(
              id: measure.column, label: measure.label, colour: colours[index],
              dashes: dashes[index],
              samples: samples(report) { measure.value($0.measures) })
          }))
    }
    let retentions: [(way: String, id: String, measure: RetentionMeasure)] = [
      ("teacher-forced", "retention", { $0.efficacy }),
      ("exact match", "generation_retention", { $0.exactMatch }),
    ]
    for (way, id, measure) in retentions {
      let series = ages(report, id: id, measure)
      guard series.contains(where: { !$0.samples.isEmpty }) else { continue }
      panels.append(
        panel("Retention, \(way): efficacy by commits of edits made since", .shares, series))
    }
    let factors = report.points.compactMap(\.measures.perplexity)
    if !factors.isEmpty {
      let samples = report.points.compactMap { point in
        point.measures.perplexity.map { factor in
          Panel.Sample(
            x: Double(place(point)), value: factor.ratio,
            interval: factor.ratioLow...factor.ratioHigh)
        }
      }
      panels.append(
        panel(
          "Perplexity of the fixed text, as a multiple of the unedited model's",
          Axis(factors: factors.flatMap { [$0.ratio, $0.ratioLow, $0.ratioHigh] }),
          [
            Panel.Series(
              id: "perplexity_ratio",
              label: "perplexity ÷ \(Quantity.fixed(factors[0].unedited, 2))",
              colour: colours[0], dashes: nil, samples: samples)
          ]))
    }
    return panels
  }

  private typealias RetentionMeasure = (MeasuresReport.Retention) -> MeasuresReport.Measure?

  /// A line for each class of ages.
  private static func ages(
    _ report: CurveReport, id: String, _ measure: RetentionMeasure
  ) -> [Panel.Series] {
    let classes = report.points.flatMap { $0.measures.retention ?? [] }
    let youngest = Set(classes.map(\.youngest)).sorted()
    return youngest.enumerated().map { index, age in
      let last = max(1, youngest.count - 1)
      return Panel.Series(
        id: "\(id)_\(age)",
        label: classes.first { $0.youngest == age }?.ages ?? "",
        colour: ageColours[index * (ageColours.count - 1) / last],
        dashes: dashes[index % dashes.count],
        // So many bands would hide the lines; the table has the intervals.
        samples: samples(report) { point in
          point.measures.retention?.first { $0.youngest == age }.flatMap(measure)
        }.map { Panel.Sample(x: $0.x, value: $0.value, interval: nil) })
    }
  }

  private static func samples(
    _ report: CurveReport, _ measure: (CurveReport.Point) -> MeasuresReport.Measure?
  ) -> [Panel.Sample] {
    let place = places(report).of
    return report.points.compactMap { point in
      guard let measure = measure(point), let value = measure.value else { return nil }
      var interval: ClosedRange<Double>?
      if let low = measure.low, let high = measure.high { interval = low...high }
      return Panel.Sample(x: Double(place(point)), value: value, interval: interval)
    }
  }

  private static func capitalised(_ text: String) -> String {
    text.prefix(1).uppercased() + text.dropFirst()
  }
}

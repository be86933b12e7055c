import ArgumentParser
import Editing
import Ledger
import ObjectModel

/// `rledit curve`
struct CurveCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "curve",
    abstract: "Measure along a history how edits hold as their number grows.",
    discussion: """
      Takes the measures of 'rledit eval' of the unedited model, at every n-th commit that changed \
      the weights, and at the last one, going by first parents. At each point the edits that are \
      active there are measured, or the records of FACTS. With --out the points are written as \
      PREFIX.json, PREFIX.csv and PREFIX.svg, a plot of them.
      """)

  @Argument(
    help: "Records to measure at every point; by default the edits that are active there.",
    completion: .file())
  var facts: String?

  @Option(
    help: .init("The history to go along; A..B for the part of it after A.", valueName: "revision"))
  var at: String?

  @Option(
    help: .init(
      "Measure at every n-th commit; by default so that about 20 are measured.",
      valueName: "n"))
  var every: Int?

  @Option(
    help: .init("Write PREFIX.json, PREFIX.csv and PREFIX.svg.", valueName: "prefix"),
    completion: .file())
  var out: String?

  @OptionGroup(title: "What to measure")
  var options: EvaluationOptions

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func validate() throws {
    if let every, every < 1 { throw ValidationError("--every must be at least 1") }
    try options.validate(facts: facts)
  }

  func run() throws {
    let start = ContinuousClock.now
    let repository = try Repository.open(global)
    let view = try repository.ledger.view()
    let range = try at.flatMap { try view.resolveRange($0) }
    let last = try range.map(\.included) ?? repository.resolve(at, in: view).id
    let points = try CurvePoints(
      leadingTo: last, excluding: range?.excluded, every: every, in: view)
    guard facts != nil || points.points.count > 1 else { throw CommandError.noActiveEdits }
    // Names that cannot be written should not be found out after an hour.
    let files = try out.map {
      try CurveFiles(prefix: $0, besides: [facts, options.text].compactMap(\.self))
    }
    let bar = ProgressBar("measuring", unit: .items("points"), on: global.terminal)
    defer { bar.finish() }
    bar.update(0, of: points.points.count, detail: "the unedited model")
    var report = CurveReport(
      revision: last.hex, name: at ?? "HEAD", every: points.step, facts: facts,
      conditions: options.conditions.map { "\($0.condition.field)=\($0.condition.text)" },
      sample: options.sample, seed: options.sample.map { _ in options.seed ?? 0 },
      text: options.text)
    let run = try CurveRun(
      points: points.points, facts: facts, options: options, in: repository, view,
      on: global.terminal)
    report.points = try run.measure(since: start) { done, point in
      bar.update(done, of: points.points.count, detail: point.short)
    }
    bar.finish()
    report.seconds = (ContinuousClock.now - start) / .seconds(1)
    report.peakMemoryBytes = PeakMemory.bytes
    try files?.write(report)
    try global.terminal.show(report, as: global)
  }
}

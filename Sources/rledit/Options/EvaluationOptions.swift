import ArgumentParser
import Editing

/// What is measured, and on which records.
struct EvaluationOptions: ParsableArguments {
  @Option(
    help: .init(
      "Measure so many records at most, drawn by lot, the same ones every time.",
      valueName: "count"))
  var sample: Int?

  @Option(help: .init("Other lots for --sample; 0 by default.", valueName: "number"))
  var seed: UInt64?

  @Option(
    name: .customLong("where"),
    help: .init(
      "Measure only records whose prompt, subject, target, source, id or, of FACTS, relation holds a "
        + "text; may be repeated.",
      valueName: "field=text"))
  var conditions: [RecordCondition] = []

  @Option(
    help: .init(
      "What to measure beside accuracy, which always is: generation, probability, or both as by default; "
        + "'accuracy' leaves them out.",
      valueName: "names"))
  var measures: MeasureList = MeasureList(measures: [.generation, .probability])

  @Option(
    help: .init("Measure perplexity on this text, too.", valueName: "file"), completion: .file())
  var text: String?

  func validate() throws {
    if let sample, sample < 1 { throw ValidationError("--sample must be at least 1") }
    if seed != nil, sample == nil { throw ValidationError("--seed chooses lots for --sample") }
  }

  /// Refuses what only the records of a file can be asked for.
  func validate(facts: String?) throws {
    if facts == nil, conditions.contains(where: { $0.condition.field == .relation }) {
      throw ValidationError("--where relation=… needs FACTS: commits do not keep relations")
    }
  }

  var selection: RecordSelection {
    var selection = RecordSelection()
    selection.conditions = conditions.map(\.condition)
    selection.sample = sample
    selection.seed = seed ?? 0
    return selection
  }
}

/// `subject=Paris`
struct RecordCondition: ExpressibleByArgument {
  let condition: RecordSelection.Condition

  init?(argument: String) {
    let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[1].isEmpty,
      let field = RecordSelection.Field(rawValue: String(parts[0]))
    else { return nil }
    condition = .init(field: field, text: String(parts[1]))
  }
}

/// `generation,probability`
struct MeasureList: ExpressibleByArgument {
  let measures: EvaluationMeasures

  init(measures: EvaluationMeasures) { self.measures = measures }

  init?(argument: String) {
    var measures: EvaluationMeasures = []
    for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
      switch part {
      case "accuracy": break
      case "generation": measures.insert(.generation)
      case "probability": measures.insert(.probability)
      default: return nil
      }
    }
    self.measures = measures
  }

  var defaultValueDescription: String { "accuracy,generation,probability" }
}

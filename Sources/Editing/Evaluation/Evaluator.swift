package import LanguageModel
package import ObjectModel

/// A model as evaluation needs it.
package struct EvaluatedModel: Sendable {
  /// Over the unedited weights.
  package let base: Decoder
  package let encoding: TextEncoding
  /// The bytes that a token stands for.
  package let spelling: @Sendable (Int) -> [UInt8]
  /// Tokens that end a text.
  package let stops: Set<Int>

  package init(
    base: Decoder, encoding: TextEncoding, spelling: @escaping @Sendable (Int) -> [UInt8],
    stops: Set<Int>
  ) {
    self.base = base
    self.encoding = encoding
    self.spelling = spelling
    self.stops = stops
  }
}

/// Measures edit records at any number of weights of one model. The unedited model is measured once,
/// when this is made.
package struct Evaluator: Sendable {
  /// Tells how much of a step is done.
  package typealias Progress = (_ done: Int, _ total: Int) -> Void

  let model: EvaluatedModel
  let measures: EvaluationMeasures
  let list: QuestionList
  private let sheet: AnswerSheet
  /// At the unedited weights, by question.
  private let unedited: [AnswerRun]
  private let uneditedMatches: [Int: Bool]

  /// - Parameters:
  ///   - records: all that will be measured; any part of them can be asked for at a time.
  ///   - firstEditedLayer: weights to be measured agree with the unedited ones below it.
  /// - Throws: ``EditingError/emptyPrompt(_:)``, ``EditingError/emptyTarget(prompt:)``,
  ///   `LanguageModelError`, `CancellationError`.
  package init(
    _ records: [EditRecord], measures: EvaluationMeasures, model: EvaluatedModel,
    firstEditedLayer: Int, progress: Progress = { _, _ in }
  ) throws {
    self.model = model
    self.measures = measures
    list = try QuestionList(records, measures: measures, encoding: model.encoding) {
      try model.base.generate(after: $0, limits: $1)
    }
    sheet = try AnswerSheet(
      list.questions, looksBeyond: measures.contains(.generation), base: model.base,
      firstEditedLayer: firstEditedLayer, progress: progress)
    unedited = try sheet.answers(to: Array(list.questions.indices), by: model.base)
    let judged = list.records.flatMap { [$0.edit] + $0.rephrasings + $0.probes }
    uneditedMatches =
      measures.contains(.generation)
      ? try FreeAnswers(model: model, list: list).matches(judged, runs: unedited, by: model.base)
      : [:]
  }

  /// Measures records at some weights.
  ///
  /// - Parameter records: their numbers among those that this was made for, or `nil` for all.
  /// - Throws: `LanguageModelError`, `CancellationError`.
  /// - Complexity: one pass over the records' prompts through the layers from the first edited on.
  package func evaluate(
    _ decoder: Decoder, records: [Int]? = nil, progress: Progress = { _, _ in }
  ) throws -> Evaluation {
    let records = records ?? Array(list.records.indices)
    let numbers = records.flatMap { list.records[$0].all }
    var runs = [AnswerRun](repeating: AnswerRun(), count: list.questions.count)
    let answers = try sheet.answers(to: numbers, by: decoder, progress: progress)
    for (number, run) in zip(numbers, answers) { runs[number] = run }
    let judged = records.map { list.records[$0] }.flatMap { [$0.edit] + $0.rephrasings + $0.probes }
    let matches =
      measures.contains(.generation)
      ? try FreeAnswers(model: model, list: list).matches(judged, runs: runs, by: decoder) : [:]
    return tally(records, runs: runs, matches: matches)
  }

  /// The same at the unedited weights, which were measured already.
  package func evaluateUnedited(records: [Int]? = nil) -> Evaluation {
    tally(records ?? Array(list.records.indices), runs: unedited, matches: uneditedMatches)
  }

  private func tally(
    _ records: [Int], runs: [AnswerRun], matches: [Int: Bool]
  ) -> Evaluation {
    var tallies = EvaluationTallies()
    for record in records.map({ list.records[$0] }) {
      tallies.addTeacherForced(
        record, accuracy: { accuracy(of: $0, runs) },
        isUnedited: { number in
          let count = list.questions[number].answer.count
          return runs[number].choices.prefix(count) == unedited[number].choices.prefix(count)
        })
      if measures.contains(.generation) {
        tallies.addGenerated(
          record, isAnswer: { matches[$0] ?? false }, isSaid: { accuracy(of: $0, runs) == 1 })
      }
      if measures.contains(.probability) {
        tallies.addProbability(record) { meanLoss(of: $0, runs) }
      }
    }
    return tallies.evaluation(records: records.count, measures: measures)
  }

  /// The share of the answer's tokens that are the first choice.
  private func accuracy(of number: Int, _ runs: [AnswerRun]) -> Double {
    let answer = list.questions[number].answer
    let hits = zip(runs[number].choices, answer).count { $0 == $1 }
    return Double(hits) / Double(max(1, answer.count))
  }

  /// The mean negative log-probability of the answer's tokens.
  private func meanLoss(of number: Int, _ runs: [AnswerRun]) -> Double {
    runs[number].losses.reduce(0, +) / Double(max(1, runs[number].losses.count))
  }
}

package import LanguageModel
package import ObjectModel

/// A share of answers that are as wanted.
package struct Share: Sendable, Equatable {
  package var hits: Double
  package var count: Int

  package init(hits: Double = 0, count: Int = 0) {
    self.hits = hits
    self.count = count
  }

  /// `nil` where nothing was counted.
  package var value: Double? {
    count == 0 ? nil : hits / Double(count)
  }

  mutating func add(_ hits: Double) {
    self.hits += hits
    count += 1
  }
}

/// How well edits hold at some weights.
///
/// All but ``locality`` are teacher-forced token accuracy: the share of an answer's tokens that are
/// the model's first choice, averaged over answers.
package struct Evaluation: Sendable, Equatable {
  /// Targets on the edit prompts.
  package var efficacy = Share()
  /// Targets on the rephrasings.
  package var generalization = Share()
  /// True answers on the locality prompts.
  package var specificity = Share()
  /// Locality prompts whose first choices, all of them, are those of the unedited model.
  package var locality = Share()
}

/// Edit records in tokens, ready to be scored again and again.
package struct EvaluationSet: Sendable {
  /// The edits themselves.
  package private(set) var edits: [TokenizedEdit] = []
  private var rephrasings: [TokenizedEdit] = []
  private var probes: [TokenizedEdit] = []

  /// - Throws: ``EditingError/emptyPrompt(_:)`` and ``EditingError/emptyTarget(prompt:)``.
  package init(_ records: [EditRecord], encoding: TextEncoding) throws {
    func question(_ prompt: String, _ target: String) throws -> TokenizedEdit {
      try TokenizedEdit(prompt: prompt, target: target, encoding: encoding)
    }
    for record in records {
      edits.append(try question(record.prompt, record.target))
      for rephrasing in record.rephrasings {
        rephrasings.append(try question(rephrasing, record.target))
      }
      for probe in record.locality { probes.append(try question(probe.prompt, probe.target)) }
    }
  }

  /// The first choices on the locality prompts at some weights, to compare with later.
  package func localityChoices(_ decoder: Decoder) throws -> [[Int]] {
    try scores(probes, decoder).map(\.choices)
  }

  /// Scores everything.
  ///
  /// - Parameter unedited: ``localityChoices(_:)`` at the unedited weights, or `nil` to leave
  ///   locality out.
  package func evaluate(_ decoder: Decoder, unedited: [[Int]]?) throws -> Evaluation {
    var evaluation = Evaluation()
    for (question, score) in zip(edits, try scores(edits, decoder)) {
      evaluation.efficacy.add(score.accuracy(question.target))
    }
    for (question, score) in zip(rephrasings, try scores(rephrasings, decoder)) {
      evaluation.generalization.add(score.accuracy(question.target))
    }
    let probeScores = try scores(probes, decoder)
    for (question, score) in zip(probes, probeScores) {
      evaluation.specificity.add(score.accuracy(question.target))
    }
    if let unedited {
      for (before, now) in zip(unedited, probeScores) {
        evaluation.locality.add(before == now.choices ? 1 : 0)
      }
    }
    return evaluation
  }

  private func scores(_ questions: [TokenizedEdit], _ decoder: Decoder) throws -> [AnswerScore] {
    try decoder.score(questions.map { ($0.prompt, $0.target) })
  }
}

extension AnswerScore {
  /// The share of the answer's tokens that are the first choice.
  fileprivate func accuracy(_ answer: [Int]) -> Double {
    Double(matches(answer)) / Double(max(1, answer.count))
  }
}

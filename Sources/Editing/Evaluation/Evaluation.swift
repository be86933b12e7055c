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
  private struct Question: Sendable {
    let prompt: [Int]
    let answer: [Int]

    init(_ prompt: String, _ answer: String, encode: (String) throws -> [Int]) throws {
      self.prompt = try encode(prompt)
      self.answer = try encode(answer)
      guard !self.prompt.isEmpty else { throw EditingError.emptyPrompt(prompt) }
      guard !self.answer.isEmpty else { throw EditingError.emptyTarget(prompt: prompt) }
    }

    func accuracy(of score: AnswerScore) -> Double {
      Double(score.matches(answer)) / Double(max(1, answer.count))
    }
  }

  private var edits: [Question] = []
  private var rephrasings: [Question] = []
  private var probes: [Question] = []

  /// - Parameter encode: text to tokens. Prompts and answers are encoded apart, and an answer starts
  ///   with the space that parts it from its prompt.
  /// - Throws: ``EditingError/emptyPrompt(_:)``, ``EditingError/emptyTarget(prompt:)``; what `encode`
  ///   throws.
  package init(_ records: [EditRecord], encode: (String) throws -> [Int]) throws {
    for record in records {
      edits.append(try Question(record.prompt, record.target, encode: encode))
      for rephrasing in record.rephrasings {
        rephrasings.append(try Question(rephrasing, record.target, encode: encode))
      }
      for probe in record.locality {
        probes.append(try Question(probe.prompt, probe.target, encode: encode))
      }
    }
  }

  /// The edits themselves.
  package var tokenizedEdits: [TokenizedEdit] {
    edits.map { TokenizedEdit(prompt: $0.prompt, target: $0.answer) }
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
      evaluation.efficacy.add(question.accuracy(of: score))
    }
    for (question, score) in zip(rephrasings, try scores(rephrasings, decoder)) {
      evaluation.generalization.add(question.accuracy(of: score))
    }
    let probeScores = try scores(probes, decoder)
    for (question, score) in zip(probes, probeScores) {
      evaluation.specificity.add(question.accuracy(of: score))
    }
    if let unedited {
      for (before, now) in zip(unedited, probeScores) {
        evaluation.locality.add(before == now.choices ? 1 : 0)
      }
    }
    return evaluation
  }

  private func scores(_ questions: [Question], _ decoder: Decoder) throws -> [AnswerScore] {
    try decoder.score(questions.map { ($0.prompt, $0.answer) })
  }
}

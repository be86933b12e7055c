import LanguageModel

/// What a model says when it goes on freely from a prompt, and whether that is the answer.
///
/// Teacher forcing knows the beginning already: as long as the first choices are the answer's tokens,
/// they are what the model would have been given, and the first other one is what it says there. So
/// most answers are decided without generating anything, and those that are not go on from there.
struct FreeAnswers {
  /// Tokens that a continuation may have beyond those of the answer: another way of cutting the same
  /// text may need more.
  static let slack = 8

  let model: EvaluatedModel
  let list: QuestionList

  /// Whether the model says the answer, for each of the questions.
  ///
  /// - Parameters:
  ///   - runs: the model's run on every question, by number.
  ///   - decoder: the model that these are of.
  /// - Throws: `LanguageModelError`, `CancellationError`.
  func matches(
    _ numbers: [Int], runs: [AnswerRun], by decoder: Decoder
  ) throws -> [Int: Bool] {
    var verdicts: [Int: Bool] = [:]
    var open: [Continuation] = []
    for number in numbers {
      let question = list.questions[number]
      var continuation = Continuation(
        number: number, judge: ExactMatch(answer: list.texts[number]),
        limit: question.answer.count + Self.slack)
      // The choice behind the first that is not the answer's is one that the model never came to.
      let right = zip(runs[number].choices, question.answer).prefix { $0 == $1 }.count
      for token in runs[number].choices.prefix(right + 1) {
        continuation.said.append(token)
        verdicts[number] = verdict(of: &continuation, on: token)
        if verdicts[number] != nil { break }
      }
      if verdicts[number] == nil { open.append(continuation) }
    }
    // A prompt with all that was said may fill the model's positions; its text ends there.
    let limit = decoder.shape.maximumPositions
    var growing = open.filter { prompt(of: $0).count <= limit }
    for full in open where prompt(of: full).count > limit {
      verdicts[full.number] = full.judge.isAnswer
    }
    _ = try decoder.generate(
      after: growing.map(prompt), limits: growing.map { $0.limit - $0.said.count }
    ) { place, token in
      growing[place].said.append(token)
      verdicts[growing[place].number] = verdict(of: &growing[place], on: token)
      return verdicts[growing[place].number] != nil
    }
    for full in growing where verdicts[full.number] == nil {
      verdicts[full.number] = full.judge.isAnswer
    }
    return verdicts
  }

  /// What a model has said on a question.
  private struct Continuation {
    let number: Int
    var judge: ExactMatch
    /// The most tokens that are looked at.
    let limit: Int
    var said: [Int] = []
  }

  private func prompt(of continuation: Continuation) -> [Int] {
    list.questions[continuation.number].prompt + continuation.said
  }

  /// Whether the answer was given, or `nil` where that is still open after this token.
  private func verdict(of continuation: inout Continuation, on token: Int) -> Bool? {
    guard !model.stops.contains(token) else { return continuation.judge.isAnswer }
    switch continuation.judge.add(model.spelling(token)) {
    case .matches: return true
    case .differs: return false
    case .open:
      return continuation.said.count < continuation.limit ? nil : continuation.judge.isAnswer
    }
  }
}

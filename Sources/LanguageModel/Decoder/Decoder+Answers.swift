import Algorithms
package import Tensors

/// How a model does on one answer, token by token, each given the prompt and the answer's tokens
/// before it (teacher forcing).
package struct AnswerScore: Sendable, Equatable {
  /// The model's first choice at every place of the answer.
  package let choices: [Int]
  /// The negative log-probability of every token of the answer.
  package let losses: [Double]

  /// How many of the answer's tokens are the first choice.
  package func matches(_ answer: [Int]) -> Int {
    zip(choices, answer).count { $0 == $1 }
  }
}

extension Decoder {
  /// Scores answers to prompts, in batches of bounded size.
  ///
  /// - Parameter rowLimit: about how many tokens run at once.
  /// - Complexity: one pass over all prompts and answers.
  package func score(
    _ questions: [(prompt: [Int], answer: [Int])], rowLimit: Int = 1024
  ) throws -> [AnswerScore] {
    var scores: [AnswerScore] = []
    let lengths = questions.map { $0.prompt.count + $0.answer.count }
    for batch in Self.batches(of: lengths, rowLimit: rowLimit) {
      try Task.checkCancellation()
      let labelled = LabelledBatch(answers: Array(questions[batch]))
      let scored = try score(labelled)
      let choices = compute.largest(scored.logits)
      var first = 0
      for count in labelled.rowsPerSequence {
        scores.append(
          AnswerScore(
            choices: Array(choices[first..<first + count]),
            losses: Array(scored.tokenLosses[first..<first + count])))
        first += count
      }
    }
    return scores
  }

  /// The keys at the last token of every prompt, `prompts×in`, in batches of bounded size.
  package func lastKeys(
    of prompts: [[Int]], at places: Set<KeyPlace>, rowLimit: Int = 1024
  ) throws -> [KeyPlace: Matrix] {
    var keys: [KeyPlace: Matrix] = [:]
    let layers = places.map(\.layer)
    guard let lowest = layers.min(), let highest = layers.max() else { return keys }
    for part in Self.batches(of: prompts.map(\.count), rowLimit: rowLimit) {
      try Task.checkCancellation()
      let batch = TokenBatch(Array(prompts[part]))
      let pass = try forward(batch, recordingFrom: lowest, through: highest)
      let ends = zip(batch.starts, batch.lengths).map { $0 + $1 - 1 }
      for place in places {
        guard let record = pass.records[place.layer] else { continue }
        let part = record.keys(at: place.input).gathering(rows: ends)
        keys[place] = keys[place]?.stacked(above: part) ?? part
      }
    }
    return keys
  }

  /// The mean negative log-probability of a text's tokens, cut into windows that the model reads on
  /// their own; the first token of a window is not scored.
  package func meanLoss(ofText tokens: [Int], window: Int = 512) throws -> Double {
    let window = min(window, shape.maximumPositions)
    var total = 0.0
    var count = 0
    for part in tokens.chunks(ofCount: window) where part.count > 1 {
      try Task.checkCancellation()
      let labels = part.dropFirst().map { Int?.some($0) }
      let losses = try score(LabelledBatch([(Array(part.dropLast()), labels)])).tokenLosses
      total += losses.reduce(0, +)
      count += losses.count
    }
    return total / Double(max(1, count))
  }

  /// Cuts sequences into runs that reach `rowLimit` rows with their last one.
  package static func batches(of lengths: [Int], rowLimit: Int) -> [Range<Int>] {
    var batches: [Range<Int>] = []
    var (first, rows) = (0, 0)
    for (index, length) in lengths.enumerated() {
      rows += length
      if rows >= rowLimit || index == lengths.count - 1 {
        batches.append(first..<index + 1)
        (first, rows) = (index + 1, 0)
      }
    }
    return batches
  }
}

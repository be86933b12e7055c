/// Tokens, and for every position the token that should be predicted there.
package struct LabelledSequence: Sendable, Equatable {
  package let tokens: [Int]
  /// As many as there are tokens; `nil` where the prediction does not count.
  package let labels: [Int?]

  package init(tokens: [Int], labels: [Int?]) {
    self.tokens = tokens
    self.labels = labels
  }

  /// A prompt followed by the answer that it should have: every token of the answer is scored, given
  /// the prompt and the answer's tokens before it (teacher forcing).
  package init(prompt: [Int], answer: [Int]) {
    self.init(
      tokens: prompt + answer.dropLast(),
      labels: .init(repeating: nil, count: max(0, prompt.count - 1)) + answer.map { $0 })
  }

  /// Positions that are scored.
  package var scoredCount: Int { labels.count { $0 != nil } }
}

/// A batch some of whose rows are scored against the token that should come next.
package struct LabelledBatch: Sendable, Equatable {
  package let batch: TokenBatch
  /// Scored rows of the packed batch, ascending.
  package let rows: [Int]
  /// The token that each scored row should predict.
  package let targets: [Int]
  /// Scored rows of each sequence.
  package let rowsPerSequence: [Int]

  package init(_ sequences: [LabelledSequence]) {
    batch = TokenBatch(sequences.map(\.tokens))
    var (rows, targets): ([Int], [Int]) = ([], [])
    for (start, sequence) in zip(batch.starts, sequences) {
      for (position, label) in sequence.labels.enumerated() {
        guard let label else { continue }
        rows.append(start + position)
        targets.append(label)
      }
    }
    self.rows = rows
    self.targets = targets
    rowsPerSequence = sequences.map(\.scoredCount)
  }

  /// Sequences with, for every position, the token to be predicted there, or `nil` where it does not
  /// count.
  package init(_ sequences: [(tokens: [Int], labels: [Int?])]) {
    self.init(sequences.map { LabelledSequence(tokens: $0.tokens, labels: $0.labels) })
  }

  /// Prompts, each followed by the answer that it should have.
  package init(answers: [(prompt: [Int], answer: [Int])]) {
    self.init(answers.map { LabelledSequence(prompt: $0.prompt, answer: $0.answer) })
  }
}

/// A batch some of whose rows are scored against the token that should come next.
package struct LabelledBatch: Sendable, Equatable {
  package let batch: TokenBatch
  /// Scored rows of the packed batch, ascending.
  package let rows: [Int]
  /// The token that each scored row should predict.
  package let targets: [Int]
  /// Scored rows of each sequence.
  package let rowsPerSequence: [Int]

  /// Sequences with, for every position, the token to be predicted there, or `nil` where it does not
  /// count.
  package init(_ sequences: [(tokens: [Int], labels: [Int?])]) {
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
    rowsPerSequence = sequences.map { $0.labels.count { $0 != nil } }
  }

  /// Prompts, each followed by the answer that it should have: every token of the answer is scored,
  /// given the prompt and the answer's tokens before it (teacher forcing).
  package init(answers: [(prompt: [Int], answer: [Int])]) {
    self.init(
      answers.map { prompt, answer in
        let tokens = prompt + answer.dropLast()
        let unscored = [Int?](repeating: nil, count: max(0, prompt.count - 1))
        return (tokens, unscored + answer.map { $0 })
      })
  }
}

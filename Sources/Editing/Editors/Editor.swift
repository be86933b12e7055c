package import LanguageModel
package import ModelStore
package import ObjectModel

/// A method that turns a batch of edits into changes of weight matrices.
///
/// An editor keeps no state between calls: what it needs of earlier edits comes in as
/// ``EditingState``, which is a fold over the active chain. So editing on after a revert is the same
/// as never having made the reverted edit.
package protocol Editor: Sendable {
  /// What is recorded with every commit, and enough to make this editor again.
  var recipe: Recipe { get }

  /// Makes the deltas of one batch.
  ///
  /// - Parameters:
  ///   - batch: the edits; not empty.
  ///   - decoder: the model; its own weights are not read.
  ///   - weights: the weights before the batch.
  ///   - state: the fold over the active chain's contributions.
  /// - Throws: ``EditingError`` and the errors of the model.
  func edit(
    _ batch: [TokenizedEdit], decoder: Decoder, weights: EditedWeights, state: EditingState
  ) throws -> EditOutcome
}

/// Text to tokens. A prompt begins a sequence, with what the model expects there; an answer goes on.
package struct TextEncoding: Sendable {
  package let prompt: @Sendable (String) -> [Int]
  package let answer: @Sendable (String) -> [Int]

  package init(
    prompt: @escaping @Sendable (String) -> [Int], answer: @escaping @Sendable (String) -> [Int]
  ) {
    self.prompt = prompt
    self.answer = answer
  }

  package init(_ tokenizer: Tokenizer) {
    self.init(
      prompt: { tokenizer.encodePrompt($0) },
      answer: { tokenizer.encode($0, recognisesSpecialTokens: false) })
  }
}

/// A prompt and the answer it should have, in tokens.
package struct TokenizedEdit: Sendable {
  package let prompt: [Int]
  package let target: [Int]

  package init(prompt: [Int], target: [Int]) {
    self.prompt = prompt
    self.target = target
  }

  /// Encodes the two apart; an answer starts with the space that parts it from its prompt.
  ///
  /// - Throws: ``EditingError/emptyPrompt(_:)`` and ``EditingError/emptyTarget(prompt:)``.
  package init(prompt: String, target: String, encoding: TextEncoding) throws {
    self.init(prompt: encoding.prompt(prompt), target: encoding.answer(target))
    guard !self.prompt.isEmpty else { throw EditingError.emptyPrompt(prompt) }
    guard !self.target.isEmpty else { throw EditingError.emptyTarget(prompt: prompt) }
  }
}

/// What an editor knows of the edits made before.
package struct EditingState: Sendable {
  /// Running statistics, by weight shape.
  package var statistics: RunningStatistics

  package init(statistics: RunningStatistics = RunningStatistics()) {
    self.statistics = statistics
  }
}

/// What editing a batch gave.
package struct EditOutcome: Sendable {
  /// The changes in stored form, in the order in which they were applied; one a matrix.
  package let updates: [LowRankUpdate]
  /// The weights with the changes applied.
  package let weights: EditedWeights
  /// The batch's own share of the running statistics.
  package let contribution: RunningStatistics
  /// The mean cross-entropy of the targets before and after.
  package let lossBefore: Double
  package let lossAfter: Double
  /// The share of target tokens that are the model's first choice before and after.
  package let efficacyBefore: Double
  package let efficacyAfter: Double
  /// Inner steps taken.
  package let steps: Int
}

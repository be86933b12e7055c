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

  /// Texts about the subject, written `{}`, in which the editor wants every target to be given too.
  var contexts: [String] { get }

  /// Whether it holds the keys of prompts that should stay as they are.
  var readsPreservedPrompts: Bool { get }

  /// Whether it reads a covariance.
  var readsCovariance: Bool { get }

  /// What it reads of the editing state; the rest need not be folded.
  var reads: EditingStateParts { get }

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

extension Editor {
  package var contexts: [String] { [] }
  package var readsPreservedPrompts: Bool { false }
  package var readsCovariance: Bool { false }
}

/// Parts of ``EditingState``.
package struct EditingStateParts: OptionSet, Sendable {
  package let rawValue: Int

  package init(rawValue: Int) { self.rawValue = rawValue }

  package static let statistics = Self(rawValue: 1)
  package static let memory = Self(rawValue: 2)
}

/// What an editor knows of the edits made before.
package struct EditingState: Sendable {
  /// Running statistics, by weight shape.
  package var statistics: RunningStatistics
  /// Keys of earlier edits, where the editor that made them kept any.
  package var memory: KeyMemory

  package init(
    statistics: RunningStatistics = RunningStatistics(), memory: KeyMemory = KeyMemory()
  ) {
    self.statistics = statistics
    self.memory = memory
  }

  /// Takes in what a later batch contributed.
  package mutating func merge(_ later: EditContribution) {
    statistics.merge(later.statistics)
    memory.merge(later.memory)
  }
}

/// A batch's own share of the editing state, stored with its commit.
package struct EditContribution: Sendable {
  package var statistics: RunningStatistics
  package var memory: EditMemory

  package init(
    statistics: RunningStatistics = RunningStatistics(), memory: EditMemory = EditMemory()
  ) {
    self.statistics = statistics
    self.memory = memory
  }
}

/// What editing a batch gave.
package struct EditOutcome: Sendable {
  /// The changes in stored form, in the order in which they were applied; one a matrix.
  package let updates: [LowRankUpdate]
  /// The weights with the changes applied.
  package let weights: EditedWeights
  /// The batch's own share of the editing state.
  package let contribution: EditContribution
  /// The mean cross-entropy of the targets before and after.
  package let lossBefore: Double
  package let lossAfter: Double
  /// The share of target tokens that are the model's first choice before and after.
  package let efficacyBefore: Double
  package let efficacyAfter: Double
  /// Inner steps taken.
  package let steps: Int
}

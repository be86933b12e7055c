package import LanguageModel
package import ModelStore
import Tensors

/// How an answer hangs on the weights, near the weights as they are: the gradient of its log-probability
/// with respect to every matrix, as keys and output gradients.
///
/// What an update adds to the log-probability is, to first order,
///
///     Σ_rows gᵀ·U·V·k
///
/// with `k` a row's input of the matrix and `g` the gradient with respect to its output; no matrix of the
/// weight's size is formed. An answer that is all but certain has hardly a gradient, so that the numbers
/// of different updates compare, but none of them says what taking the update out would do.
package struct AnswerInfluence: Sendable {
  /// The natural logarithm of the answer's probability, all its tokens together.
  package let logProbability: Double
  private let signals: [ProjectionPlace: ProjectionSignals]
  private let compute: Compute

  /// - Parameters:
  ///   - prompt, answer: in tokens; both not empty.
  ///   - places: the matrices whose updates will be asked about.
  /// - Throws: `LanguageModelError`.
  package init(
    of answer: [Int], after prompt: [Int], decoder: Decoder, at places: [ProjectionPlace]
  ) throws {
    let labelled = LabelledBatch([LabelledSequence(prompt: prompt, answer: answer)])
    let pass = try decoder.score(labelled, recordingFrom: places.map(\.layer).min())
    logProbability = -pass.tokenLosses.reduce(0, +)
    compute = decoder.compute
    guard !places.isEmpty else {
      signals = [:]
      return
    }
    let gradient = compute.crossEntropyGradient(
      pass.logits, targets: labelled.targets,
      weights: .init(repeating: -1, count: labelled.targets.count))
    signals = try decoder.signals(of: pass, dLogits: gradient, at: places, rows: .all)
  }

  /// What updates add to the log-probability, to first order.
  ///
  /// - Throws: the errors of the factors' form.
  /// - Complexity: O(rows·r·(in + out)) for each update.
  package func contribution(of updates: [LowRankUpdate]) throws -> Double {
    var sum = 0.0
    for update in updates {
      guard let place = ProjectionPlace(weightName: update.tensor), let signal = signals[place]
      else { continue }
      let left = compute.product(signal.outputGradients, try update.u.view())
      let right = compute.product(signal.keys, transposed: try update.v.view())
      for (g, k) in zip(left.elements, right.elements) { sum += Double(g) * Double(k) }
    }
    return sum
  }
}

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
/// weight's size is formed. Numbers added to single elements `(i, j)` add `Σ_rows g_i·value·k_j`.
///
/// An answer that is all but certain has hardly a gradient, so that the numbers of different updates
/// compare, but none of them says what taking the update out would do.
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
    let pass = try decoder.score(labelled, recordingFrom: places.isEmpty ? nil : places.lowestLayer)
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

  /// What a delta adds to the log-probability, to first order: the inner product of the gradient and its
  /// change of every matrix.
  ///
  /// - Returns: `nil` where that cannot be told: for tensors that are no matrix asked about, and for one put
  ///   in the place of another.
  /// - Throws: the errors of the factors' form.
  /// - Complexity: for each change O(rows·r·(in + out)) or O(rows·elements changed).
  package func contribution(of changes: [DeltaChange]) throws -> Double? {
    var sum = 0.0
    for change in changes {
      guard let place = ProjectionPlace(weightName: change.tensor), let signal = signals[place]
      else { return nil }
      switch change {
      case .lowRank(let update): sum += try contribution(of: update, signal)
      case .sparse(let update):
        guard update.shape == [signal.outputGradients.columns, signal.keys.columns] else {
          return nil
        }
        sum += contribution(of: update, signal)
      case .replacement: return nil
      }
    }
    return sum
  }

  private func contribution(
    of update: LowRankUpdate, _ signal: ProjectionSignals
  ) throws -> Double {
    let left = compute.product(signal.outputGradients, try update.u.view())
    let right = compute.product(signal.keys, transposed: try update.v.view())
    return zip(left.elements, right.elements).reduce(0) { $0 + Double($1.0) * Double($1.1) }
  }

  private func contribution(of update: SparseUpdate, _ signal: ProjectionSignals) -> Double {
    let (gradients, keys) = (signal.outputGradients, signal.keys)
    let places = update.indices.map { $0.quotientAndRemainder(dividingBy: keys.columns) }
    var sum = 0.0
    for row in 0..<keys.rows {
      for (place, value) in zip(places, update.values) {
        sum +=
          Double(gradients[row, place.quotient]) * Double(value)
          * Double(keys[row, place.remainder])
      }
    }
    return sum
  }
}

package import Tensors

/// What an editor works from at one matrix: its inputs, and the gradient of the loss with respect to
/// its outputs, at the same rows.
package struct ProjectionSignals: Sendable {
  /// `rows×in`.
  package let keys: Matrix
  /// `rows×out`.
  package let outputGradients: Matrix

  package init(keys: Matrix, outputGradients: Matrix) {
    self.keys = keys
    self.outputGradients = outputGradients
  }
}

/// The loss of a labelled batch and the signals at some matrices.
package struct LossSignals: Sendable {
  /// The negative log-probability of every scored token.
  package let tokenLosses: [Double]
  /// Whether every scored token was the model's first choice.
  package let predicted: [Bool]
  package let signals: [ProjectionPlace: ProjectionSignals]

  /// The mean over the scored tokens.
  package var meanLoss: Double {
    tokenLosses.reduce(0, +) / Double(max(1, tokenLosses.count))
  }
}

/// The rows at which signals are taken.
package enum SignalRows: Sendable {
  /// The scored rows alone.
  case scored
  /// Every row of the batch.
  case all
}

extension Decoder {
  /// The mean cross-entropy over a batch's scored tokens, and the inputs and output gradients of the
  /// given matrices.
  ///
  /// Weight gradients are never formed: `dW = output gradientsᵀ·keys` over all rows.
  ///
  /// - Parameters:
  ///   - weights: of the scored rows' losses in the gradient; `nil` for the mean over them.
  ///   - first: the lowest layer that `input` has not passed yet.
  ///   - input: the residual stream that reaches `first`; `nil` runs the model from its first layer.
  package func lossSignals(
    _ labelled: LabelledBatch, at places: [ProjectionPlace], rows: SignalRows = .scored,
    weights: [Float]? = nil, from first: Int = 0, input: Matrix? = nil
  ) throws -> LossSignals {
    let lowest = places.map(\.layer).min() ?? shape.layers
    let pass: ForwardPass
    if let input {
      pass = try forward(labelled.batch, from: first, input: input, recordingFrom: lowest)
    } else {
      pass = try forward(labelled.batch, recordingFrom: lowest)
    }
    let logits = try logits(of: pass.hidden, rows: labelled.rows)
    let losses = compute.crossEntropy(logits, targets: labelled.targets)
    let predicted = zip(compute.largest(logits), labelled.targets).map { $0 == $1 }
    var signals: [ProjectionPlace: ProjectionSignals] = [:]
    if !places.isEmpty, !labelled.rows.isEmpty {
      let wanted = Set(places)
      let dLogits = compute.crossEntropyGradient(
        logits, targets: labelled.targets,
        weights: weights
          ?? .init(repeating: 1 / Float(labelled.rows.count), count: labelled.rows.count))
      let dHidden = try hiddenGradient(of: pass, rows: labelled.rows, dLogits: dLogits)
      try backward(pass, dHidden: dHidden, to: lowest) { place, gradient in
        guard wanted.contains(place), let record = pass.records[place.layer] else { return }
        let keys = record.keys(of: place.projection)
        signals[place] =
          switch rows {
          case .scored:
            ProjectionSignals(
              keys: keys.gathering(rows: labelled.rows),
              outputGradients: gradient.gathering(rows: labelled.rows))
          case .all: ProjectionSignals(keys: keys, outputGradients: gradient)
          }
      }
    }
    return LossSignals(tokenLosses: losses, predicted: predicted, signals: signals)
  }
}

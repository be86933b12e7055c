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

/// A forward pass over a labelled batch, and how the model does on its scored tokens.
package struct ScoredPass: Sendable {
  /// The negative log-probability of every scored token.
  package let tokenLosses: [Double]
  /// Whether every scored token was the model's first choice.
  package let predicted: [Bool]
  package let labelled: LabelledBatch
  package let forward: ForwardPass
  /// `scored rows×V`.
  package let logits: Matrix
  /// The last residual stream at the scored rows, `scored rows×H`.
  let hidden: Matrix

  /// The mean over the scored tokens.
  package var meanLoss: Double {
    tokenLosses.reduce(0, +) / Double(max(1, tokenLosses.count))
  }

  /// The share of scored tokens that are the model's first choice.
  package var efficacy: Double {
    Double(predicted.count { $0 }) / Double(max(1, predicted.count))
  }
}

/// The rows at which signals are taken.
package enum SignalRows: Sendable {
  /// The scored rows alone.
  case scored
  /// Every row of the batch.
  case all
  /// The given rows of the packed batch.
  case chosen([Int])
}

extension Decoder {
  /// Runs a labelled batch.
  ///
  /// - Parameters:
  ///   - lowest: the lowest layer at which signals may be asked for, or `nil` for none.
  ///   - highest: the highest such layer. Where it is below the last, that one lets go of the rows that
  ///     are not scored.
  ///   - keys: the places at which signals may be asked for, or `nil` for all places of these layers.
  ///   - first: the lowest layer that `input` has not passed yet.
  ///   - input: the residual stream that reaches `first`; `nil` runs the model from its first layer.
  /// - Throws: ``LanguageModelError/tokenOutsideVocabulary(id:vocabulary:)``, for a token to predict
  ///   too, and as ``forward(_:recordingFrom:)``.
  package func score(
    _ labelled: LabelledBatch, recordingFrom lowest: Int? = nil, to highest: Int = .max,
    keys: Set<KeyPlace>? = nil, from first: Int = 0, input: Matrix? = nil
  ) throws -> ScoredPass {
    for target in labelled.targets where !(0..<shape.vocabulary).contains(target) {
      throw LanguageModelError.tokenOutsideVocabulary(id: target, vocabulary: shape.vocabulary)
    }
    let rows = lowest == nil || highest < shape.layers - 1 ? labelled.rows : nil
    let pass =
      if let input {
        try forward(
          labelled.batch, from: first, input: input, recordingFrom: lowest, keys: keys, rows: rows)
      } else {
        try forward(labelled.batch, recordingFrom: lowest, keys: keys, rows: rows)
      }
    let hidden = rows == nil ? pass.hidden.gathering(rows: labelled.rows) : pass.hidden
    let logits = try logits(of: hidden)
    return ScoredPass(
      tokenLosses: compute.crossEntropy(logits, targets: labelled.targets),
      predicted: zip(compute.largest(logits), labelled.targets).map { $0 == $1 },
      labelled: labelled, forward: pass, logits: logits, hidden: hidden)
  }

  /// Runs a labelled batch from the lowest layer of `places` on, keeping what signals there are made of.
  ///
  /// - Parameters:
  ///   - places: not empty.
  ///   - input: the residual stream that reaches that layer.
  /// - Throws: as ``score(_:recordingFrom:to:keys:from:input:)``.
  package func score(
    _ labelled: LabelledBatch, signalsAt places: [ProjectionPlace], input: Matrix
  ) throws -> ScoredPass {
    let lowest = places.lowestLayer
    return try score(
      labelled, recordingFrom: lowest, to: places.map(\.layer).max() ?? lowest,
      keys: Set(places.map(\.keyPlace)), from: lowest, input: input)
  }

  /// The inputs of matrices, and the gradients of the mean cross-entropy over the scored tokens with
  /// respect to their outputs.
  ///
  /// Weight gradients are never formed: `dW = output gradientsᵀ·keys` over all rows.
  package func signals(
    of scored: ScoredPass, at places: [ProjectionPlace], rows: SignalRows = .scored
  ) throws -> [ProjectionPlace: ProjectionSignals] {
    let labelled = scored.labelled
    guard !labelled.rows.isEmpty else { return [:] }
    let weight = 1 / Float(labelled.rows.count)
    return try signals(
      of: scored,
      dLogits: compute.crossEntropyGradient(
        scored.logits, targets: labelled.targets,
        weights: .init(repeating: weight, count: labelled.rows.count)), at: places, rows: rows)
  }

  /// The inputs of matrices, and the gradients with respect to their outputs of whatever has the
  /// gradient `dLogits` (`scored rows×V`) with respect to the logits.
  package func signals(
    of scored: ScoredPass, dLogits: Matrix, at places: [ProjectionPlace], rows: SignalRows
  ) throws -> [ProjectionPlace: ProjectionSignals] {
    let labelled = scored.labelled
    var signals: [ProjectionPlace: ProjectionSignals] = [:]
    guard !places.isEmpty, !labelled.rows.isEmpty else { return signals }
    let wanted = Set(places)
    let chosen: [Int]? =
      switch rows {
      case .scored: labelled.rows
      case .all: nil
      case .chosen(let rows): rows
      }
    // Sequences whose logits have no gradient pass none back.
    let moved = labelled.rows.indices.filter { dLogits.row($0).contains { $0 != 0 } }
    let movedRows = moved.map { labelled.rows[$0] }
    // Logits are large; where all are wanted they are not copied.
    let dHidden =
      try moved.count == labelled.rows.count
      ? hiddenGradient(of: scored.hidden, dLogits: dLogits)
      : hiddenGradient(
        of: scored.hidden.gathering(rows: moved), dLogits: dLogits.gathering(rows: moved))
    let rows = chosen.map { labelled.batch.rows($0, ofSequencesWith: movedRows) }.map {
      labelled.batch.rows(fromEarliestOf: $0)
    }
    // The chosen rows that the gradient is taken at, and where it has them.
    let placesOfRows = Dictionary(
      uniqueKeysWithValues: (rows ?? []).enumerated().map { ($0.element, $0.offset) })
    let found = (chosen ?? []).enumerated().compactMap { index, row in
      placesOfRows[row].map { (index: index, place: $0) }
    }
    try backward(
      scored.forward, dHidden: dHidden, at: movedRows, to: places.lowestLayer, wanted: rows,
      places: wanted
    ) { place, gradient in
      guard wanted.contains(place), let record = scored.forward.records[place.layer] else { return }
      let keys = record.keys(of: place.projection)
      signals[place] = ProjectionSignals(
        keys: chosen.map { keys.gathering(rows: $0) } ?? keys,
        outputGradients: chosen.map {
          gradient.gathering(rows: found.map(\.place))
            .scattered(to: found.map(\.index), of: $0.count)
        } ?? gradient)
    }
    return signals
  }
}

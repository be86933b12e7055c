package import Tensors

/// A forward pass: the residual stream after the last layer, and the records of the layers that were
/// asked for.
package struct ForwardPass: Sendable {
  package let batch: TokenBatch
  /// `T×H`, before the final norm.
  package let hidden: Matrix
  /// By layer.
  package let records: [Int: LayerRecord]
}

extension Decoder {
  /// Runs the model over a batch.
  ///
  /// - Parameters:
  ///   - firstRecorded: the lowest layer whose record is kept, or `nil` for none; records cost about
  ///     `T·(6H + 3I)` numbers a layer.
  ///   - last: the layer to stop after, or `nil` for the model's last.
  package func forward(
    _ batch: TokenBatch, recordingFrom firstRecorded: Int? = nil, through last: Int? = nil
  ) throws -> ForwardPass {
    try forward(
      batch, from: 0, input: embed(batch), recordingFrom: firstRecorded, through: last)
  }

  /// Runs the layers from `first` on, over the residual stream that reaches it. Layers below the
  /// first edited one never change, so their output for a batch serves every later pass.
  package func forward(
    _ batch: TokenBatch, from first: Int, input: Matrix, recordingFrom firstRecorded: Int? = nil,
    through last: Int? = nil
  ) throws -> ForwardPass {
    let positions = batch.positions
    let rotary = rotary(positions: batch.lengths.max() ?? 0)
    var hidden = input
    var records: [Int: LayerRecord] = [:]
    for index in first..<min(shape.layers, (last ?? shape.layers) + 1) {
      let (output, record) = run(
        try layer(index), input: hidden, positions: positions, rotary: rotary
      ) {
        compute.attention(shape.attention, lengths: batch.lengths, query: $0, key: $1, value: $2)
      }
      if let firstRecorded, index >= firstRecorded { records[index] = record }
      hidden = output
    }
    return ForwardPass(batch: batch, hidden: hidden, records: records)
  }

  /// The residual stream that reaches a layer: the first input, and the layers below it applied.
  package func residualStream(_ batch: TokenBatch, reaching end: Int) throws -> Matrix {
    try forward(batch, through: end - 1).hidden
  }

  /// The logits of chosen rows, `rows×V`.
  package func logits(of hidden: Matrix, rows: [Int]) throws -> Matrix {
    let (normalized, _) = compute.rootMeanSquareNorm(
      hidden.gathering(rows: rows), weight: try finalNorm(), epsilon: shape.normEpsilon)
    return compute.product(normalized, transposed: try outputMatrix())
  }

  /// The gradient with respect to the residual stream after the last layer, `T×H`, from the one with
  /// respect to the logits of chosen rows.
  package func hiddenGradient(
    of pass: ForwardPass, rows: [Int], dLogits: Matrix
  ) throws -> Matrix {
    let chosen = pass.hidden.gathering(rows: rows)
    let norm = try finalNorm()
    let (_, inverses) = compute.rootMeanSquareNorm(
      chosen, weight: norm, epsilon: shape.normEpsilon)
    var dChosen = Matrix(rows: rows.count, columns: shape.hidden)
    compute.addRootMeanSquareNormGradient(
      chosen, weight: norm, inverses: inverses, dy: compute.product(dLogits, try outputMatrix()),
      to: &dChosen)
    var gradient = Matrix(rows: pass.hidden.rows, columns: shape.hidden)
    for (index, row) in rows.enumerated() {
      for column in 0..<shape.hidden { gradient[row, column] += dChosen[index, column] }
    }
    return gradient
  }

  /// Passes a gradient with respect to the last residual stream down to layer `lowest`, whose record
  /// and those above it the pass must hold.
  ///
  /// - Parameters:
  ///   - rows: which rows' gradients are wanted, or `nil` for all. A row's gradient depends on those of
  ///     the same and later rows of its sequence alone, so these must be with it.
  ///   - observe: called with the gradient with respect to the output of every matrix on the way,
  ///     `rows×out`.
  /// - Returns: the gradient with respect to the residual stream that reaches `lowest`, `rows×H`.
  @discardableResult
  package func backward(
    _ pass: ForwardPass, dHidden: Matrix, to lowest: Int, rows: [Int]? = nil,
    observe: (ProjectionPlace, Matrix) -> Void = { _, _ in }
  ) throws -> Matrix {
    let allPositions = pass.batch.positions
    let positions = rows.map { $0.map { allPositions[$0] } } ?? allPositions
    let rotary = rotary(positions: pass.batch.lengths.max() ?? 0)
    var gradient = rows.map { dHidden.gathering(rows: $0) } ?? dHidden
    for index in stride(from: shape.layers - 1, through: lowest, by: -1) {
      guard let record = pass.records[index] else {
        preconditionFailure("layer \(index) was not recorded")
      }
      gradient = backward(
        try layer(index), record: record, lengths: pass.batch.lengths, rows: rows,
        positions: positions, rotary: rotary, dOutput: gradient
      ) { projection, matrix in
        observe(ProjectionPlace(layer: index, projection: projection), matrix)
      }
    }
    return gradient
  }

  private func embed(_ batch: TokenBatch) throws -> Matrix {
    try check(batch)
    return compute.widened(try embedding(), rows: batch.tokens)
  }
}

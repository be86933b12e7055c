package import Tensors

/// A forward pass: the residual stream after the last layer, and the records of the layers that were
/// asked for.
package struct ForwardPass: Sendable {
  package let batch: TokenBatch
  /// `T×H`, before the final norm; of the last layer only the rows that were asked for.
  package let hidden: Matrix
  /// Which rows ``hidden`` has, ascending; `nil` where it has all.
  package let rows: [Int]?
  /// By layer.
  package let records: [Int: LayerRecord]
}

extension Decoder {
  /// Runs the model over a batch.
  ///
  /// - Parameters:
  ///   - firstRecorded: the lowest layer whose record is kept, or `nil` for none; records cost about
  ///     `T·(4H + 2I)` numbers a layer, and `T·in` for each place of `keys`.
  ///   - keys: the places whose keys are kept in the records, or `nil` for all.
  ///   - last: the layer to stop after, or `nil` for the model's last.
  ///   - rows: those whose output of the last layer run is wanted, ascending, or `nil` for all.
  package func forward(
    _ batch: TokenBatch, recordingFrom firstRecorded: Int? = nil, keys: Set<KeyPlace>? = nil,
    through last: Int? = nil, rows: [Int]? = nil
  ) throws -> ForwardPass {
    try forward(
      batch, from: 0, input: embed(batch), recordingFrom: firstRecorded, keys: keys,
      through: last, rows: rows)
  }

  /// Runs the layers from `first` on, over the residual stream that reaches it. Layers below the
  /// first edited one never change, so their output for a batch serves every later pass.
  package func forward(
    _ batch: TokenBatch, from first: Int, input: Matrix, recordingFrom firstRecorded: Int? = nil,
    keys: Set<KeyPlace>? = nil, through last: Int? = nil, rows: [Int]? = nil
  ) throws -> ForwardPass {
    let positions = batch.positions
    let rotary = rotary(positions: batch.lengths.max() ?? 0)
    var hidden = input
    var records: [Int: LayerRecord] = [:]
    let end = min(shape.layers, (last ?? shape.layers) + 1)
    for index in first..<end {
      let isRecorded = firstRecorded.map { index >= $0 } ?? false
      let kept = ProjectionInput.allCases.filter {
        isRecorded && keys?.contains(KeyPlace(layer: index, input: $0)) ?? true
      }
      let (output, record) = run(
        try layer(index), input: hidden, positions: positions, rotary: rotary,
        rows: index == end - 1 ? rows : nil, keeping: Set(kept)
      ) {
        compute.attention(shape.attention, lengths: batch.lengths, query: $0, key: $1, value: $2)
      }
      if isRecorded { records[index] = record }
      hidden = output
    }
    if let rows, first >= end { hidden = hidden.gathering(rows: rows) }
    return ForwardPass(batch: batch, hidden: hidden, rows: rows, records: records)
  }

  /// The residual stream that reaches a layer: the first input, and the layers below it applied.
  package func residualStream(_ batch: TokenBatch, reaching end: Int) throws -> Matrix {
    try forward(batch, through: end - 1).hidden
  }

  /// The residual stream that reaches the lowest layer of some places: what changes nowhere where only
  /// their matrices do.
  ///
  /// - Throws: the errors of the model.
  package func residualStream(
    _ batch: TokenBatch, reaching places: [ProjectionPlace]
  ) throws -> Matrix {
    try residualStream(batch, reaching: places.lowestLayer)
  }

  /// The logits of rows of the last residual stream, `rows×V`.
  package func logits(of hidden: Matrix) throws -> Matrix {
    let (normalized, _) = compute.rootMeanSquareNorm(
      hidden, weight: try finalNorm(), epsilon: shape.normEpsilon)
    return compute.product(normalized, transposed: try outputMatrix())
  }

  /// The logits of chosen rows, `rows×V`.
  package func logits(of hidden: Matrix, rows: [Int]) throws -> Matrix {
    try logits(of: hidden.gathering(rows: rows))
  }

  private func embed(_ batch: TokenBatch) throws -> Matrix {
    try check(batch)
    return compute.widened(try embedding(), rows: batch.tokens)
  }
}

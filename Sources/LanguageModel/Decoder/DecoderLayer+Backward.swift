import Tensors

extension Decoder {
  /// The rows of a packed batch that a gradient is known at, and what it takes to pass it through a
  /// layer.
  struct BackwardRows {
    /// Those of the gradient with respect to a layer's output, ascending; `nil` for all.
    let incoming: [Int]?
    /// Those of the gradient with respect to its input, ascending; `nil` for all. Incoming rows are
    /// among them.
    let outgoing: [Int]?
    /// The positions of the outgoing rows.
    let positions: [Int]
    /// Of the sequences.
    let lengths: [Int]
    let rotary: RotaryTable
  }

  /// The gradient with respect to a layer's input from the one with respect to its output.
  ///
  /// - Parameters:
  ///   - needs: the matrices to be observed, where nothing else is wanted of this layer: the gradient is
  ///     passed no further than they are. `nil` asks for the whole way.
  ///   - observe: called with the gradient with respect to the output of every matrix on the way,
  ///     `incoming rows×out` behind the attention and `outgoing rows×out` before it.
  /// - Returns: `outgoing rows×H`, or `nil` where the way ended before.
  func backward(
    _ layer: DecoderLayer, record: LayerRecord, rows: BackwardRows, dOutput: Matrix,
    needs: Set<Projection>?, observe: (Projection, Matrix) -> Void
  ) -> Matrix? {
    guard
      let dMiddle = backwardThroughMLP(
        layer, record: record, rows: rows.incoming, dOutput: dOutput, needs: needs,
        observe: observe)
    else { return nil }
    observe(.attentionOutput, dMiddle)
    if let needs, needs.isSubset(of: [.down, .gate, .up, .attentionOutput]) { return nil }
    return backwardThroughAttention(
      layer, record: record, rows: rows, dMiddle: dMiddle, observe: observe)
  }

  private func backwardThroughMLP(
    _ layer: DecoderLayer, record: LayerRecord, rows: [Int]?, dOutput: Matrix,
    needs: Set<Projection>?, observe: (Projection, Matrix) -> Void
  ) -> Matrix? {
    // Where the record lacks rows, it has the incoming ones.
    let kept = record.rows.map { known in
      let places = Dictionary(uniqueKeysWithValues: known.enumerated().map { ($1, $0) })
      return (rows ?? known).compactMap { places[$0] }
    }
    let gathered = kept ?? rows
    func chosen(_ matrix: Matrix) -> Matrix {
      gathered.map { matrix.gathering(rows: $0) } ?? matrix
    }
    func chosen(_ numbers: [Float]) -> [Float] {
      gathered.map { $0.map { numbers[$0] } } ?? numbers
    }
    observe(.down, dOutput)
    if let needs, needs.isSubset(of: [.down]) { return nil }
    let dActivation = compute.product(dOutput, layer.down)
    let (dGate, dUp) = compute.gatedActivationGradient(
      gate: chosen(record.gate), up: chosen(record.up), dActivation: dActivation)
    observe(.gate, dGate)
    observe(.up, dUp)
    if let needs, needs.isSubset(of: [.down, .gate, .up]) { return nil }
    var dMLPInput = compute.product(dGate, layer.gate)
    compute.add(compute.product(dUp, layer.up), to: &dMLPInput)
    var dMiddle = dOutput
    compute.addRootMeanSquareNormGradient(
      chosen(record.middle), weight: layer.mlpNorm, inverses: chosen(record.mlpInverses),
      dy: dMLPInput, to: &dMiddle)
    return dMiddle
  }

  private func backwardThroughAttention(
    _ layer: DecoderLayer, record: LayerRecord, rows: BackwardRows, dMiddle: Matrix,
    observe: (Projection, Matrix) -> Void
  ) -> Matrix {
    let count = record.query.rows
    func outgoing(_ matrix: Matrix) -> Matrix {
      rows.outgoing.map { matrix.gathering(rows: $0) } ?? matrix
    }
    func whole(_ matrix: Matrix) -> Matrix {
      rows.incoming.map { matrix.scattered(to: $0, of: count) } ?? matrix
    }
    // Attention runs over whole sequences; rows that are not incoming pass nothing back.
    let gradient = compute.attentionGradient(
      shape.attention, lengths: rows.lengths, query: record.query, key: record.key,
      value: record.value, dOutput: whole(compute.product(dMiddle, layer.attentionOutput)))
    var (dQuery, dKey, dValue) = (
      outgoing(gradient.query), outgoing(gradient.key), outgoing(gradient.value)
    )
    compute.rotate(
      &dQuery, headSize: shape.headSize, positions: rows.positions, by: rows.rotary,
      inverse: true)
    compute.rotate(
      &dKey, headSize: shape.headSize, positions: rows.positions, by: rows.rotary, inverse: true)
    observe(.query, dQuery)
    observe(.key, dKey)
    observe(.value, dValue)
    var dAttentionInput = compute.product(dQuery, layer.query)
    compute.add(compute.product(dKey, layer.key), to: &dAttentionInput)
    compute.add(compute.product(dValue, layer.value), to: &dAttentionInput)
    var dInput = rows.incoming == rows.outgoing ? dMiddle : outgoing(whole(dMiddle))
    compute.addRootMeanSquareNormGradient(
      outgoing(record.input), weight: layer.attentionNorm,
      inverses: rows.outgoing.map { $0.map { record.attentionInverses[$0] } }
        ?? record.attentionInverses,
      dy: dAttentionInput, to: &dInput)
    return dInput
  }
}

package import Tensors

/// The weights of one decoder layer.
struct DecoderLayer {
  let attentionNorm: [Float]  // (H)
  let query: WeightView  // (Q·D, H)
  let key: WeightView  // (K·D, H)
  let value: WeightView  // (K·D, H)
  let attentionOutput: WeightView  // (H, Q·D)
  let mlpNorm: [Float]  // (H)
  let gate: WeightView  // (I, H)
  let up: WeightView  // (I, H)
  let down: WeightView  // (H, I)
}

/// What a layer computed, kept for the backward pass and as the inputs of its matrices.
package struct LayerRecord: Sendable {
  let input: Matrix  // (T, H), the residual stream
  let attentionInverses: [Float]  // (T)
  package let attentionInput: Matrix  // (T, H), input of query, key and value
  let query: Matrix  // (T, Q·D), rotated
  let key: Matrix  // (T, K·D), rotated
  let value: Matrix  // (T, K·D)
  package let attended: Matrix  // (T, Q·D), input of the attention's output matrix
  let middle: Matrix  // (T, H), the residual stream between attention and MLP
  let mlpInverses: [Float]  // (T)
  package let mlpInput: Matrix  // (T, H), input of gate and up
  let gate: Matrix  // (T, I)
  let up: Matrix  // (T, I)
  package let activation: Matrix  // (T, I), input of down

  /// The inputs of a matrix, its keys: `T×in`.
  package func keys(of projection: Projection) -> Matrix {
    keys(at: projection.input)
  }

  /// The inputs at a place of the layer: `T×in`.
  package func keys(at input: ProjectionInput) -> Matrix {
    switch input {
    case .attention: attentionInput
    case .attended: attended
    case .mlp: mlpInput
    case .activation: activation
    }
  }
}

extension Decoder {
  /// One layer over a whole batch: the new residual stream, and what was computed on the way.
  func run(
    _ layer: DecoderLayer, input: Matrix, positions: [Int], rotary: RotaryTable,
    attention: (_ query: Matrix, _ key: Matrix, _ value: Matrix) -> Matrix
  ) -> (output: Matrix, record: LayerRecord) {
    let (attentionInput, attentionInverses) = compute.rootMeanSquareNorm(
      input, weight: layer.attentionNorm, epsilon: shape.normEpsilon)
    var query = compute.product(attentionInput, transposed: layer.query)
    var key = compute.product(attentionInput, transposed: layer.key)
    let value = compute.product(attentionInput, transposed: layer.value)
    compute.rotate(
      &query, headSize: shape.headSize, positions: positions, by: rotary, inverse: false)
    compute.rotate(
      &key, headSize: shape.headSize, positions: positions, by: rotary, inverse: false)
    let attended = attention(query, key, value)
    var middle = compute.product(attended, transposed: layer.attentionOutput)
    compute.add(input, to: &middle)
    let (mlpInput, mlpInverses) = compute.rootMeanSquareNorm(
      middle, weight: layer.mlpNorm, epsilon: shape.normEpsilon)
    let gate = compute.product(mlpInput, transposed: layer.gate)
    let up = compute.product(mlpInput, transposed: layer.up)
    let activation = compute.gatedActivation(gate: gate, up: up)
    var output = compute.product(activation, transposed: layer.down)
    compute.add(middle, to: &output)
    return (
      output,
      LayerRecord(
        input: input, attentionInverses: attentionInverses, attentionInput: attentionInput,
        query: query, key: key, value: value, attended: attended, middle: middle,
        mlpInverses: mlpInverses, mlpInput: mlpInput, gate: gate, up: up, activation: activation)
    )
  }

  /// The gradient with respect to a layer's input from the one with respect to its output.
  ///
  /// - Parameters:
  ///   - rows: those that `dOutput` has, or `nil` for all; see ``backward(_:dHidden:to:rows:observe:)``.
  ///   - positions: of these rows.
  ///   - observe: called with the gradient with respect to the output of every matrix of the layer,
  ///     `rows×out`.
  func backward(
    _ layer: DecoderLayer, record: LayerRecord, lengths: [Int], rows: [Int]?, positions: [Int],
    rotary: RotaryTable, dOutput: Matrix, observe: (Projection, Matrix) -> Void
  ) -> Matrix {
    func chosen(_ matrix: Matrix) -> Matrix { rows.map { matrix.gathering(rows: $0) } ?? matrix }
    func chosen(_ numbers: [Float]) -> [Float] { rows.map { $0.map { numbers[$0] } } ?? numbers }
    observe(.down, dOutput)
    let dActivation = compute.product(dOutput, layer.down)
    let (dGate, dUp) = compute.gatedActivationGradient(
      gate: chosen(record.gate), up: chosen(record.up), dActivation: dActivation)
    observe(.gate, dGate)
    observe(.up, dUp)
    var dMLPInput = compute.product(dGate, layer.gate)
    compute.add(compute.product(dUp, layer.up), to: &dMLPInput)
    var dMiddle = dOutput
    compute.addRootMeanSquareNormGradient(
      chosen(record.middle), weight: layer.mlpNorm, inverses: chosen(record.mlpInverses),
      dy: dMLPInput,
      to: &dMiddle)

    observe(.attentionOutput, dMiddle)
    // Attention runs over whole sequences; rows that are not wanted pass nothing back.
    let dAttended = compute.product(dMiddle, layer.attentionOutput)
    let whole = compute.attentionGradient(
      shape.attention, lengths: lengths, query: record.query, key: record.key,
      value: record.value,
      dOutput: rows.map { dAttended.scattered(to: $0, of: record.query.rows) } ?? dAttended)
    var (dQuery, dKey, dValue) = (chosen(whole.query), chosen(whole.key), chosen(whole.value))
    compute.rotate(
      &dQuery, headSize: shape.headSize, positions: positions, by: rotary, inverse: true)
    compute.rotate(
      &dKey, headSize: shape.headSize, positions: positions, by: rotary, inverse: true)
    observe(.query, dQuery)
    observe(.key, dKey)
    observe(.value, dValue)
    var dAttentionInput = compute.product(dQuery, layer.query)
    compute.add(compute.product(dKey, layer.key), to: &dAttentionInput)
    compute.add(compute.product(dValue, layer.value), to: &dAttentionInput)
    var dInput = dMiddle
    compute.addRootMeanSquareNormGradient(
      chosen(record.input), weight: layer.attentionNorm,
      inverses: chosen(record.attentionInverses), dy: dAttentionInput, to: &dInput)
    return dInput
  }
}

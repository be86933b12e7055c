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

/// What a layer computed, kept for the backward pass, and those inputs of its matrices that were asked
/// for.
package struct LayerRecord: Sendable {
  let input: Matrix  // (T, H), the residual stream
  let attentionInverses: [Float]  // (T)
  let query: Matrix  // (T, Q·D), rotated
  let key: Matrix  // (T, K·D), rotated
  let value: Matrix  // (T, K·D)
  /// Behind the attention, which rows there are, ascending; `nil` where there are all T of them.
  let rows: [Int]?
  let middle: Matrix  // (rows, H), the residual stream between attention and MLP
  let mlpInverses: [Float]  // (rows)
  let gate: Matrix  // (rows, I)
  let up: Matrix  // (rows, I)
  /// No backward pass needs these.
  fileprivate let keys: [ProjectionInput: Matrix]

  /// The inputs of a matrix, its keys: `T×in`, or `rows×in` behind the attention.
  package func keys(of projection: Projection) -> Matrix {
    keys(at: projection.input)
  }

  /// The inputs at a place of the layer, which the pass was to keep: `T×in`, or `rows×in` behind the
  /// attention.
  package func keys(at input: ProjectionInput) -> Matrix {
    guard let kept = keys[input] else { preconditionFailure("the keys at \(input) were not kept") }
    return kept
  }
}

extension Decoder {
  /// One layer over a whole batch: the new residual stream, and what was computed on the way.
  ///
  /// - Parameters:
  ///   - rows: those whose output is wanted, ascending, or `nil` for all. A row's output depends on other
  ///     rows through the attention alone, so behind it the others are let go.
  ///   - kept: the inputs of matrices that the record is to hold.
  func run(
    _ layer: DecoderLayer, input: Matrix, positions: [Int], rotary: RotaryTable,
    rows: [Int]? = nil, keeping kept: Set<ProjectionInput> = [],
    attention: (_ query: Matrix, _ key: Matrix, _ value: Matrix) -> Matrix
  ) -> (output: Matrix, record: LayerRecord) {
    func chosen(_ matrix: Matrix) -> Matrix { rows.map { matrix.gathering(rows: $0) } ?? matrix }
    let (attentionInput, attentionInverses) = compute.rootMeanSquareNorm(
      input, weight: layer.attentionNorm, epsilon: shape.normEpsilon)
    var query = compute.product(attentionInput, transposed: layer.query)
    var key = compute.product(attentionInput, transposed: layer.key)
    let value = compute.product(attentionInput, transposed: layer.value)
    compute.rotate(
      &query, headSize: shape.headSize, positions: positions, by: rotary, inverse: false)
    compute.rotate(
      &key, headSize: shape.headSize, positions: positions, by: rotary, inverse: false)
    let attended = chosen(attention(query, key, value))
    var middle = compute.product(attended, transposed: layer.attentionOutput)
    compute.add(chosen(input), to: &middle)
    let (mlpInput, mlpInverses) = compute.rootMeanSquareNorm(
      middle, weight: layer.mlpNorm, epsilon: shape.normEpsilon)
    let gate = compute.product(mlpInput, transposed: layer.gate)
    let up = compute.product(mlpInput, transposed: layer.up)
    let activation = compute.gatedActivation(gate: gate, up: up)
    var output = compute.product(activation, transposed: layer.down)
    compute.add(middle, to: &output)
    var keys: [ProjectionInput: Matrix] = [:]
    for input in kept {
      keys[input] =
        switch input {
        case .attention: attentionInput
        case .attended: attended
        case .mlp: mlpInput
        case .activation: activation
        }
    }
    return (
      output,
      LayerRecord(
        input: input, attentionInverses: attentionInverses, query: query, key: key, value: value,
        rows: rows, middle: middle, mlpInverses: mlpInverses, gate: gate, up: up, keys: keys)
    )
  }
}

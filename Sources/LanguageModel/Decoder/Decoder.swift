package import Tensors

/// A decoder of the Llama family over weights that are read where they lie.
///
/// The weights are asked for anew in every pass; ``over(_:)`` puts edited ones in their place.
package struct Decoder: Sendable {
  package let shape: DecoderShape
  package private(set) var weights: any WeightProvider
  package let compute: Compute

  /// - Throws: ``LanguageModelError/wrongShape(weight:expected:found:)`` when a weight disagrees with
  ///   the shape, and the provider's errors.
  package init(shape: DecoderShape, weights: any WeightProvider, compute: Compute) throws {
    self.shape = shape
    self.weights = weights
    self.compute = compute
    for index in 0..<shape.layers { _ = try layer(index) }
    _ = try (embedding(), outputMatrix(), finalNorm())
  }

  /// The same decoder over other weights, of the same shapes.
  package func over(_ weights: any WeightProvider) -> Decoder {
    var decoder = self
    decoder.weights = weights
    return decoder
  }

  /// Checks that a batch can be run.
  ///
  /// - Throws: ``LanguageModelError/emptySequence``,
  ///   ``LanguageModelError/sequenceTooLong(tokens:limit:)`` and
  ///   ``LanguageModelError/tokenOutsideVocabulary(id:vocabulary:)``.
  func check(_ batch: TokenBatch) throws {
    for length in batch.lengths {
      guard length > 0 else { throw LanguageModelError.emptySequence }
      guard length <= shape.maximumPositions else {
        throw LanguageModelError.sequenceTooLong(tokens: length, limit: shape.maximumPositions)
      }
    }
    for token in batch.tokens where !(0..<shape.vocabulary).contains(token) {
      throw LanguageModelError.tokenOutsideVocabulary(id: token, vocabulary: shape.vocabulary)
    }
  }

  /// The rotary angles of so many positions. Made for each pass: a configuration may claim any number
  /// of positions, and a pass needs few.
  func rotary(positions: Int) -> RotaryTable {
    RotaryTable(inverseFrequencies: shape.inverseFrequencies, positions: positions)
  }

  func layer(_ index: Int) throws -> DecoderLayer {
    let prefix = "model.layers.\(index)."
    func matrix(_ projection: Projection) throws -> WeightView {
      let size = shape.size(of: projection)
      return try weight("\(prefix)\(projection.rawValue).weight", size.output, size.input)
    }
    return DecoderLayer(
      attentionNorm: try vector("\(prefix)input_layernorm.weight"),
      query: try matrix(.query),
      key: try matrix(.key),
      value: try matrix(.value),
      attentionOutput: try matrix(.attentionOutput),
      mlpNorm: try vector("\(prefix)post_attention_layernorm.weight"),
      gate: try matrix(.gate),
      up: try matrix(.up),
      down: try matrix(.down))
  }

  func embedding() throws -> WeightView {
    try weight(DecoderShape.embeddingName, shape.vocabulary, shape.hidden)
  }

  func outputMatrix() throws -> WeightView {
    try weight(shape.outputName, shape.vocabulary, shape.hidden)
  }

  func finalNorm() throws -> [Float] {
    try vector("model.norm.weight")
  }

  private func vector(_ name: String) throws -> [Float] {
    compute.widened(try weight(name, 1, shape.hidden)).elements
  }

  private func weight(_ name: String, _ rows: Int, _ columns: Int) throws -> WeightView {
    let view = try weights.weight(named: name)
    guard view.rows == rows, view.columns == columns else {
      throw LanguageModelError.wrongShape(
        weight: name, expected: [rows, columns], found: [view.rows, view.columns])
    }
    return view
  }
}

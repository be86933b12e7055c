internal import Tensors

/// The sizes and constants of a decoder of the Llama family.
///
/// Symbols used throughout this folder: `T` rows, that is positions of all sequences of a batch, one
/// behind the other; `H` hidden size; `I` intermediate size; `D` head size; `Q` query heads; `K`
/// key/value heads; `V` vocabulary.
package struct DecoderShape: Sendable, Equatable {
  package var layers: Int
  package var hidden: Int
  package var intermediate: Int
  package var queryHeads: Int
  package var keyValueHeads: Int
  package var headSize: Int
  package var vocabulary: Int
  package var normEpsilon: Float
  /// One for each pair of a head, `D/2`.
  package var inverseFrequencies: [Float]
  package var slidingWindow: Int?
  package var maximumPositions: Int
  /// Whether the output matrix is the embedding.
  package var tiedEmbedding: Bool

  package init(
    layers: Int, hidden: Int, intermediate: Int, queryHeads: Int, keyValueHeads: Int,
    headSize: Int, vocabulary: Int, normEpsilon: Float, inverseFrequencies: [Float],
    slidingWindow: Int?, maximumPositions: Int, tiedEmbedding: Bool
  ) {
    self.layers = layers
    self.hidden = hidden
    self.intermediate = intermediate
    self.queryHeads = queryHeads
    self.keyValueHeads = keyValueHeads
    self.headSize = headSize
    self.vocabulary = vocabulary
    self.normEpsilon = normEpsilon
    self.inverseFrequencies = inverseFrequencies
    self.slidingWindow = slidingWindow
    self.maximumPositions = maximumPositions
    self.tiedEmbedding = tiedEmbedding
  }

  /// Frequencies of the plain rotary embedding: `θ^(−2i/D)` for `i` in `0..<D/2`.
  package static func rotaryFrequencies(theta: Double, headSize: Int) -> [Float] {
    (0..<headSize / 2).map { pair in
      // The exponent and the power are rounded to binary32 one after the other, as models are
      // trained.
      let exponent = Float(2 * pair) / Float(headSize)
      let power = PortableMath.exponential(Double(exponent) * PortableMath.logarithm(theta))
      return 1 / Float(power)
    }
  }

  /// The weight whose rows are the tokens' embeddings.
  static let embeddingName = "model.embed_tokens.weight"

  /// The weight that makes logits of the last residual stream.
  package var outputName: String { tiedEmbedding ? Self.embeddingName : "lm_head.weight" }

  /// Rows (outputs) and columns (inputs) of a layer's matrix.
  package func size(of projection: Projection) -> (output: Int, input: Int) {
    switch projection {
    case .query: (queryHeads * headSize, hidden)
    case .key, .value: (keyValueHeads * headSize, hidden)
    case .attentionOutput: (hidden, queryHeads * headSize)
    case .gate, .up: (intermediate, hidden)
    case .down: (hidden, intermediate)
    }
  }

  var attention: AttentionShape {
    AttentionShape(
      queryHeads: queryHeads, keyValueHeads: keyValueHeads, headSize: headSize,
      window: slidingWindow)
  }
}

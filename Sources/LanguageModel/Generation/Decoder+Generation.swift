internal import Tensors

/// Keys and values of the positions a sequence has so far, layer by layer.
struct KeyValueCache {
  private var keys: [Matrix]  // (positions, K·D) each
  private var values: [Matrix]

  init(shape: DecoderShape) {
    let empty = Matrix(rows: 0, columns: shape.keyValueHeads * shape.headSize)
    keys = .init(repeating: empty, count: shape.layers)
    values = keys
  }

  /// Appends a layer's new rows and gives all of them.
  mutating func extend(layer: Int, key: Matrix, value: Matrix) -> (key: Matrix, value: Matrix) {
    keys[layer] = keys[layer].stacked(above: key)
    values[layer] = values[layer].stacked(above: value)
    return (keys[layer], values[layer])
  }
}

extension Decoder {
  /// Continues a prompt with the most probable token, again and again.
  ///
  /// A position's results do not depend on what is computed beside it, so the cached steps give the
  /// very bits of a full pass over all tokens.
  ///
  /// - Parameters:
  ///   - limit: the most tokens to produce.
  ///   - stop: whether generation ends before a token.
  /// - Complexity: O(limit) passes over one token each, after one over the prompt.
  package func generate(
    after prompt: [Int], limit: Int, stop: (Int) -> Bool = { _ in false }
  ) throws -> [Int] {
    try check(TokenBatch([prompt]))
    let embedding = try embedding()
    let layers = try (0..<shape.layers).map { try layer($0) }
    var cache = KeyValueCache(shape: shape)
    var produced: [Int] = []
    var fresh = prompt
    let rotary = rotary(positions: min(prompt.count + limit, shape.maximumPositions))
    var past = 0
    while produced.count < limit, past + fresh.count <= shape.maximumPositions {
      var hidden = compute.widened(embedding, rows: fresh)
      let positions = Array(past..<past + fresh.count)
      for (index, layer) in layers.enumerated() {
        hidden =
          run(layer, input: hidden, positions: positions, rotary: rotary) { query, key, value in
            let all = cache.extend(layer: index, key: key, value: value)
            return compute.attention(
              shape.attention, past: past, query: query, key: all.key, value: all.value)
          }.output
      }
      past += fresh.count
      let logits = try logits(of: hidden, rows: [hidden.rows - 1])
      guard let next = compute.largest(logits).first, !stop(next) else { break }
      produced.append(next)
      fresh = [next]
    }
    return produced
  }
}

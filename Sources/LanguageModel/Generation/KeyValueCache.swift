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

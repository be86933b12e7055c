internal import Tensors

/// Keys and values of the positions a sequence has so far, layer by layer.
struct KeyValueCache {
  private var keys: [[Float]]  // (positions, K·D) each
  private var values: [[Float]]
  private let columns: Int

  init(shape: DecoderShape) {
    columns = shape.keyValueHeads * shape.headSize
    keys = .init(repeating: [], count: shape.layers)
    values = keys
  }

  /// Appends a layer's new rows and gives all of them, which are to be let go before the next ones come: these
  /// would copy all of them otherwise.
  ///
  /// - Complexity: O(new rows) amortised.
  mutating func extend(layer: Int, key: Matrix, value: Matrix) -> (key: Matrix, value: Matrix) {
    keys[layer] += key.elements
    values[layer] += value.elements
    return (all(keys[layer]), all(values[layer]))
  }

  private func all(_ elements: [Float]) -> Matrix {
    Matrix(rows: elements.count / columns, columns: columns, elements: elements)
  }
}

package import ModelFiles
package import Tensors

/// The weights of a safetensors model, read from its files.
package struct FileWeights: WeightProvider {
  private let checkpoint: SafetensorsCheckpoint

  package init(path: String) throws {
    checkpoint = try SafetensorsCheckpoint(path: path)
  }

  package func weight(named name: String) throws -> WeightView {
    let entry = try checkpoint.entry(named: name)
    let shape = entry.tensor.shape
    return try WeightView(
      elementType: entry.tensor.elementType, rows: shape.count == 2 ? shape[0] : 1,
      columns: shape.last ?? 1, parts: [entry.bytes], owner: entry.file)
  }
}

extension SafetensorsFile {
  /// A tensor of two dimensions as a matrix.
  package func matrix(named name: String) throws -> Matrix {
    let shape = try tensor(named: name).shape
    return Matrix(
      rows: shape.count == 2 ? shape[0] : 1, columns: shape.last ?? 1,
      elements: try floats(named: name))
  }
}

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

/// The weights of a GGUF file under their Hugging Face names, rows in Hugging Face order.
package struct GGUFWeights: WeightProvider {
  private let views: [String: WeightView]

  package init(_ model: GGUFModel) throws {
    var views: [String: WeightView] = [:]
    for tensor in model.tensors {
      let rows = Rows(tensor)
      views[tensor.name] = try WeightView(
        elementType: tensor.elementType, rows: tensor.shape.count == 2 ? tensor.rowCount : 1,
        columns: tensor.shape.last ?? 1,
        parts: [UnsafeRawBufferPointer(rows.memory)], owner: rows)
    }
    self.views = views
  }

  package func weight(named name: String) throws -> WeightView {
    guard let view = views[name] else { throw MissingWeight(name: name) }
    return view
  }

  struct MissingWeight: Error {
    let name: String
  }

  /// A tensor's rows, copied into place.
  private final class Rows {
    let memory: UnsafeMutableRawBufferPointer

    init(_ tensor: GGUFModel.Tensor) {
      memory = .allocate(byteCount: tensor.rowCount * tensor.bytesPerRow, alignment: 64)
      for row in 0..<tensor.rowCount {
        UnsafeMutableRawBufferPointer(
          rebasing: memory[row * tensor.bytesPerRow..<(row + 1) * tensor.bytesPerRow]
        ).copyMemory(from: UnsafeRawBufferPointer(tensor.row(row)))
      }
    }

    deinit { memory.deallocate() }
  }
}

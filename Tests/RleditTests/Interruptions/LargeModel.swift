import ModelFiles
import Tensors
import TestSupport

extension Workplace {
  /// Writes a model of so many tensors of 16 MiB, no two chunks of it the same.
  func writeLargeModel(_ name: String, tensors: Int) throws {
    let (rows, columns) = (4096, 1024)
    let writer = try SafetensorsWriter(
      path: path(name),
      tensors: (0..<tensors).map {
        .init(
          name: "model.layers.\($0).mlp.gate_proj.weight", elementType: .float32,
          shape: [rows, columns])
      })
    for (number, stored) in writer.layout.enumerated() {
      var numbers = [Float](repeating: Float(number), count: rows * columns)
      for row in 0..<rows { numbers[row * columns] = Float(row) }
      try numbers.withUnsafeBytes { try writer.append($0, to: stored.name) }
    }
    try writer.finish()
  }
}

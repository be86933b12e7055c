package import Tensors

/// The hypernetwork of one weight shape (MALMEN, Tan et al. 2024; RLEdit, Li et al. 2025): residual
/// blocks over normalised `[K; G]`, shared by the matrices of the shape but for a scale and a shift
/// each.
package struct Hypernetwork: Sendable {
  /// `x ← x + s∘ReLU(xAB + b) + h`, with `s` and `h` of the matrix in hand.
  package struct Block: Sendable {
    package let a: Matrix  // (size, rank)
    package let b: Matrix  // (rank, size)
    package let bias: [Float]  // (size)
    package let scale: Matrix  // (modules, size)
    package let shift: Matrix  // (modules, size)

    package init(a: Matrix, b: Matrix, bias: [Float], scale: Matrix, shift: Matrix) {
      self.a = a
      self.b = b
      self.bias = bias
      self.scale = scale
      self.shift = shift
    }
  }

  package let shape: WeightShape
  package let blocks: [Block]
  /// The step size η of every matrix of the shape.
  package let stepSizes: [Float]
  /// The ridge's logarithm λ of every matrix of the shape; the ridge is `e^λ`.
  package let logRidges: [Float]

  package init(
    shape: WeightShape, blocks: [Block], stepSizes: [Float], logRidges: [Float]
  ) {
    self.shape = shape
    self.blocks = blocks
    self.stepSizes = stepSizes
    self.logRidges = logRidges
  }

  /// The start of training: every block passes its input on, so the network is the normalisation
  /// alone.
  package static func identity(
    shape: WeightShape, modules: Int, stepSize: Float, logRidge: Float
  ) -> Hypernetwork {
    Hypernetwork(
      shape: shape, blocks: [], stepSizes: .init(repeating: stepSize, count: modules),
      logRidges: .init(repeating: logRidge, count: modules))
  }

  /// Passes normalised rows `rows×(in+out)` through the blocks.
  package func transform(_ rows: Matrix, module: Int, compute: Compute) -> Matrix {
    var x = rows
    for block in blocks {
      let inner = compute.product(x, WeightView(block.a))
      let outer = compute.product(inner, WeightView(block.b))
      let (scale, shift) = (block.scale.row(module), block.shift.row(module))
      for row in 0..<x.rows {
        for (column, (s, h)) in zip(scale, shift).enumerated() {
          x[row, column] += s * max(0, outer[row, column] + block.bias[column]) + h
        }
      }
    }
    return x
  }
}

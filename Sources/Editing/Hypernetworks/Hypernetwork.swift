package import Tensors

/// The hypernetwork of one weight shape (MALMEN, Tan et al. 2024; RLEdit, Li et al. 2025): residual
/// blocks over normalised `[K; G]`, shared by the matrices of the shape but for a scale and a shift
/// each, and a step size and a ridge for every matrix.
///
/// A gradient with respect to a network, and an optimiser's moments, have its form too.
package struct Hypernetwork: Sendable, Equatable {
  /// `x ← x + s∘ReLU(xAB + b) + h`, with `s` and `h` of the matrix in hand.
  package struct Block: Sendable, Equatable {
    package var a: Matrix  // (size, rank)
    package var b: Matrix  // (rank, size)
    package var bias: [Float]  // (size)
    package var scale: Matrix  // (modules, size)
    package var shift: Matrix  // (modules, size)

    package init(a: Matrix, b: Matrix, bias: [Float], scale: Matrix, shift: Matrix) {
      self.a = a
      self.b = b
      self.bias = bias
      self.scale = scale
      self.shift = shift
    }
  }

  package let shape: WeightShape
  package var blocks: [Block]
  /// The step size η of every matrix of the shape.
  package var stepSizes: [Float]
  /// The ridge's logarithm λ of every matrix of the shape; the ridge is `e^λ`.
  package var logRidges: [Float]

  package init(
    shape: WeightShape, blocks: [Block], stepSizes: [Float], logRidges: [Float]
  ) {
    self.shape = shape
    self.blocks = blocks
    self.stepSizes = stepSizes
    self.logRidges = logRidges
  }

  /// Matrices of the shape that it serves.
  package var modules: Int { stepSizes.count }

  /// Columns of its rows: `in + out`.
  package var size: Int { shape.input + shape.output }

  /// Without blocks every row is passed on, so that the network is the normalisation alone.
  package static func identity(
    shape: WeightShape, modules: Int, stepSize: Float, logRidge: Float
  ) -> Hypernetwork {
    Hypernetwork(
      shape: shape, blocks: [], stepSizes: .init(repeating: stepSize, count: modules),
      logRidges: .init(repeating: logRidge, count: modules))
  }

  /// The start of training: `A` standard normal, `B`, bias and shift 0, scale 1, so that every block
  /// passes its input on.
  package static func initial(
    shape: WeightShape, modules: Int, blocks: Int, rank: Int, stepSize: Float, logRidge: Float,
    generator: inout RandomSource
  ) -> Hypernetwork {
    let size = shape.input + shape.output
    var network = identity(
      shape: shape, modules: modules, stepSize: stepSize, logRidge: logRidge)
    for _ in 0..<blocks {
      network.blocks.append(
        Block(
          a: Matrix(
            rows: size, columns: rank,
            elements: (0..<size * rank).map { _ in Float(generator.normal()) }),
          b: Matrix(rows: rank, columns: size), bias: .init(repeating: 0, count: size),
          scale: Matrix(
            rows: modules, columns: size, elements: .init(repeating: 1, count: modules * size)),
          shift: Matrix(rows: modules, columns: size)))
    }
    return network
  }

  /// The same form filled with zeros.
  package var zeros: Hypernetwork {
    var zeros = self
    zeros.forEachParameter { _, _, elements in
      elements = .init(repeating: 0, count: elements.count)
    }
    return zeros
  }

  /// Calls `body` with every parameter, in the order in which they are stored and summed over: block by
  /// block `a`, `b`, `bias`, `scale`, `shift`, then `step-sizes` and `log-ridges`.
  package mutating func forEachParameter(
    _ body: (_ name: String, _ shape: [Int], _ elements: inout [Float]) throws -> Void
  ) rethrows {
    for index in blocks.indices {
      let prefix = "blocks.\(index)"
      func visit(_ name: String, _ matrix: inout Matrix) throws {
        try body("\(prefix).\(name)", [matrix.rows, matrix.columns], &matrix.elements)
      }
      try visit("a", &blocks[index].a)
      try visit("b", &blocks[index].b)
      try body("\(prefix).bias", [size], &blocks[index].bias)
      try visit("scale", &blocks[index].scale)
      try visit("shift", &blocks[index].shift)
    }
    try body("step-sizes", [modules], &stepSizes)
    try body("log-ridges", [modules], &logRidges)
  }

  /// The parameters in the same order.
  package var parameters: [(name: String, shape: [Int], elements: [Float])] {
    var copy = self
    var parameters: [(name: String, shape: [Int], elements: [Float])] = []
    copy.forEachParameter { parameters.append(($0, $1, $2)) }
    return parameters
  }
}

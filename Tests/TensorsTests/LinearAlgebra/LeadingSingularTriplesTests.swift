import Tensors
import TestSupport
import Testing

/// Against matrices made from their singular values, and against the eigenvalues of Gram matrices.
@Suite struct LeadingSingularTriplesTests {
  private let compute = try? Compute(threads: 2)

  private func random(_ rows: Int, _ columns: Int, seed: UInt64) -> DoubleMatrix {
    var generator = SeededGenerator(seed: seed)
    return DoubleMatrix(
      rows: rows, columns: columns,
      elements: (0..<rows * columns).map { _ in Double.random(in: -1...1, using: &generator) })
  }

  /// Eigenvectors of a random Gram matrix: orthonormal rows made by another algorithm.
  private func orthonormal(_ size: Int, seed: UInt64) throws -> DoubleMatrix {
    let compute = try #require(compute)
    let matrix = random(size, size, seed: seed)
    return try #require(
      SymmetricEigen(compute.product(matrix, matrix.transposed), compute: compute)
    ).vectors
  }

  @Test(arguments: [(30, 50), (50, 30), (40, 40)])
  func theValuesThatAMatrixWasMadeOfComeBack(_ shape: (Int, Int)) throws {
    let compute = try #require(compute)
    let values = [7.0, 3, 2.9, 1, 0.5, 0.01]
    let (left, right) = (
      try orthonormal(shape.0, seed: 1), try orthonormal(shape.1, seed: 2)
    )
    var scaled = left.rows(0..<values.count)
    for row in 0..<scaled.rows {
      for column in 0..<scaled.columns { scaled[row, column] *= values[row] }
    }
    let matrix = compute.product(scaled.transposed, right.rows(0..<values.count))
    let found = try #require(LeadingSingularTriples(of: matrix, count: 4, compute: compute))
    #expect(found.values.count == 4)
    for (index, value) in values.prefix(4).enumerated() {
      #expect(abs(found.values[index] - value) < 1e-9)
      // Up to their sign, the directions are those too.
      var (outputs, inputs) = (0.0, 0.0)
      for column in 0..<shape.0 { outputs += found.left[index, column] * left[index, column] }
      for column in 0..<shape.1 { inputs += found.right[index, column] * right[index, column] }
      #expect(abs(abs(outputs) - 1) < 1e-6 && abs(abs(inputs) - 1) < 1e-6)
      #expect(outputs * inputs > 0)
    }
  }

  @Test(arguments: [1, 2, 3])
  func denseMatricesHaveTheRootsOfTheirGramMatrixsEigenvalues(_ seed: UInt64) throws {
    let compute = try #require(compute)
    let matrix = random(60, 90, seed: seed)
    let eigen = try #require(
      SymmetricEigen(compute.product(matrix, matrix.transposed), compute: compute))
    let found = try #require(LeadingSingularTriples(of: matrix, count: 5, compute: compute))
    for (value, square) in zip(found.values, eigen.values.reversed()) {
      #expect(abs(value - square.squareRoot()) < 1e-6 * value)
    }
  }

  @Test func aLowRankHasNoMoreValuesThanThat() throws {
    let compute = try #require(compute)
    let matrix = compute.product(random(40, 2, seed: 5), random(2, 70, seed: 6))
    #expect(
      try #require(LeadingSingularTriples(of: matrix, count: 6, compute: compute)).values.count == 2
    )
    let zeros = DoubleMatrix(rows: 5, columns: 3)
    #expect(
      try #require(LeadingSingularTriples(of: zeros, count: 2, compute: compute)).values.isEmpty)
    var broken = matrix
    broken[3, 3] = .nan
    #expect(LeadingSingularTriples(of: broken, count: 2, compute: compute) == nil)
  }
}

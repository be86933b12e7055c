import Tensors
import TestSupport
import Testing

/// Binary64 systems and products against plain loops.
@Suite struct CholeskySolverTests {
  private let compute: Compute

  init() throws { compute = try Compute(threads: 2) }

  private func random(_ rows: Int, _ columns: Int, seed: UInt64) -> DoubleMatrix {
    var generator = SeededGenerator(seed: seed)
    return DoubleMatrix(
      rows: rows, columns: columns, elements: generator.normals(rows * columns).map(Double.init))
  }

  /// `XᵀX + I`, of random rows.
  private func positive(_ size: Int, seed: UInt64) -> DoubleMatrix {
    let rows = random(size / 2 + 1, size, seed: seed)
    var matrix = DoubleMatrix(rows: size, columns: size)
    for row in 0..<size {
      for column in 0..<size {
        matrix[row, column] = (0..<rows.rows).reduce(row == column ? 1.0 : 0) {
          $0 + rows[$1, row] * rows[$1, column]
        }
      }
    }
    return matrix
  }

  @Test(arguments: [(1, 1, 1), (3, 9, 5), (17, 70, 33)])
  func aProductIsItsPlainChains(rows: Int, inner: Int, columns: Int) {
    let (a, b) = (random(rows, inner, seed: 1), random(inner, columns, seed: 2))
    var expected = DoubleMatrix(rows: rows, columns: columns)
    for row in 0..<rows {
      for column in 0..<columns {
        for index in 0..<inner { expected[row, column] += a[row, index] * b[index, column] }
      }
    }
    #expect(compute.product(a, b) == expected)
  }

  @Test(arguments: [1, 2, 63, 64, 65, 150])
  func theSolutionSolvesTheSystem(size: Int) throws {
    let matrix = positive(size, seed: UInt64(size))
    let right = random(size, 19, seed: 3)
    let solution = try #require(CholeskySolver(matrix, compute: compute)).solve(right)
    for row in 0..<size {
      for column in 0..<19 {
        let product = (0..<size).reduce(0.0) { $0 + matrix[row, $1] * solution[$1, column] }
        #expect(abs(product - right[row, column]) < 1e-10)
      }
    }
  }

  @Test(arguments: [1, 63, 64, 150, 200])
  func theInverseIsToTheBitWhatSolvingForTheIdentityGives(size: Int) throws {
    let solver = try #require(CholeskySolver(positive(size, seed: 6), compute: compute))
    var identity = DoubleMatrix(rows: size, columns: size)
    for index in 0..<size { identity[index, index] = 1 }
    let expected = solver.solve(identity)
    #expect(solver.inverse.elements.map(\.bitPattern) == expected.elements.map(\.bitPattern))
  }

  @Test func theBitsAreThoseOfThePlainDecompositionWhateverTheInstructionSet() throws {
    let size = 131
    let matrix = positive(size, seed: 4)
    let right = random(size, 5, seed: 5)
    // Cholesky's decomposition and the two substitutions, row by row.
    var l = DoubleMatrix(rows: size, columns: size)
    for row in 0..<size {
      for column in 0...row {
        var sum = matrix[row, column]
        for inner in 0..<column { sum -= l[row, inner] * l[column, inner] }
        l[row, column] = row == column ? sum.squareRoot() : sum / l[column, column]
      }
    }
    var expected = right
    for column in 0..<5 {
      for row in 0..<size {
        for inner in 0..<row { expected[row, column] -= l[row, inner] * expected[inner, column] }
        expected[row, column] /= l[row, row]
      }
      for row in (0..<size).reversed() {
        for inner in row + 1..<max(size, row + 1) {
          expected[row, column] -= l[inner, row] * expected[inner, column]
        }
        expected[row, column] /= l[row, row]
      }
    }
    for instructionSet in InstructionSet.available {
      for threads in [1, 3] {
        let compute = try Compute(instructionSet: instructionSet, threads: threads)
        let solver = try #require(CholeskySolver(matrix, compute: compute))
        #expect(solver.solve(right) == expected)
      }
    }
  }

  @Test func whatIsNotPositiveDefiniteIsRefused() {
    var matrix = positive(80, seed: 6)
    matrix[70, 70] = -1
    #expect(CholeskySolver(matrix, compute: compute) == nil)
    matrix[70, 70] = .nan
    #expect(CholeskySolver(matrix, compute: compute) == nil)
  }
}

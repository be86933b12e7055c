import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct SymmetricEigenTests {
  private let compute: Compute

  init() throws { compute = try Compute(threads: 2) }

  /// An orthogonal matrix by Gram and Schmidt's method, done twice, on random rows.
  private func orthogonal(_ size: Int, seed: UInt64) -> [[Double]] {
    var generator = SeededGenerator(seed: seed)
    var rows: [[Double]] = []
    for _ in 0..<size {
      var row = generator.normals(size).map(Double.init)
      for _ in 0..<2 {
        for earlier in rows {
          let overlap = zip(row, earlier).reduce(0) { $0 + $1.0 * $1.1 }
          row = zip(row, earlier).map { $0 - overlap * $1 }
        }
      }
      let length = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
      rows.append(row.map { $0 / length })
    }
    return rows
  }

  /// `Σ λᵢ qᵢqᵢᵀ`, symmetric to the bit.
  private func matrix(_ values: [Double], _ basis: [[Double]]) -> DoubleMatrix {
    let size = basis.count
    var result = DoubleMatrix(rows: size, columns: size)
    for row in 0..<size {
      for column in 0...row {
        let sum = (0..<size).reduce(0.0) { $0 + values[$1] * basis[$1][row] * basis[$1][column] }
        result[row, column] = sum
        result[column, row] = sum
      }
    }
    return result
  }

  /// The largest `|A·v − λ·v|` and the largest distance of `V·Vᵀ` from the identity.
  private func errors(
    _ eigen: SymmetricEigen, of matrix: DoubleMatrix
  ) -> (residual: Double, orthogonality: Double) {
    let size = matrix.rows
    var (residual, orthogonality) = (0.0, 0.0)
    for vector in 0..<size {
      for row in 0..<size {
        let product = (0..<size).reduce(0.0) { $0 + matrix[row, $1] * eigen.vectors[vector, $1] }
        residual = max(
          residual, abs(product - eigen.values[vector] * eigen.vectors[vector, row]))
        let overlap = (0..<size).reduce(0.0) {
          $0 + eigen.vectors[vector, $1] * eigen.vectors[row, $1]
        }
        orthogonality = max(orthogonality, abs(overlap - (vector == row ? 1 : 0)))
      }
    }
    return (residual, orthogonality)
  }

  @Test(arguments: [1, 2, 3, 8, 33, 70])
  func constructedEigenvaluesComeBack(size: Int) throws {
    // Some equal, some zero, one negative, over nine orders of magnitude.
    let wanted = (0..<size).map { index in
      switch index % 5 {
      case 0: 0.0
      case 1: 3.0
      case 2: 1e-6 * Double(index)
      case 3: -0.25 * Double(index)
      default: 1e3 / Double(index)
      }
    }
    let matrix = matrix(wanted, orthogonal(size, seed: UInt64(size)))
    let eigen = try #require(SymmetricEigen(matrix, compute: compute))
    let scale = max(1, wanted.map(abs).max() ?? 1)
    for (actual, expected) in zip(eigen.values, wanted.sorted()) {
      #expect(abs(actual - expected) < 1e-13 * scale, "\(actual) in place of \(expected)")
    }
    let (residual, orthogonality) = errors(eigen, of: matrix)
    #expect(residual < 1e-13 * scale * Double(size))
    #expect(orthogonality < 1e-13)
  }

  @Test func theSecondDifferencesHaveTheirKnownEigenvalues() throws {
    let size = 50
    var matrix = DoubleMatrix(rows: size, columns: size)
    for index in 0..<size {
      matrix[index, index] = 2
      if index > 0 {
        matrix[index, index - 1] = -1
        matrix[index - 1, index] = -1
      }
    }
    let eigen = try #require(SymmetricEigen(matrix, compute: compute))
    for (index, value) in eigen.values.enumerated() {
      let expected = 2 - 2 * cos(Double(index + 1) * .pi / Double(size + 1))
      #expect(abs(value - expected) < 1e-14 * 50)
    }
  }

  @Test(arguments: [1e-290, 1e290])
  func numbersFarFromOneNeitherOverflowNorVanish(scale: Double) throws {
    let wanted = [1.0, 2, 5, 7, 11].map { $0 * scale }
    let eigen = try #require(
      SymmetricEigen(matrix(wanted, orthogonal(5, seed: 9)), compute: compute))
    for (actual, expected) in zip(eigen.values, wanted) {
      #expect(abs(actual / expected - 1) < 1e-13)
    }
  }

  @Test func zeroHasAnyBasisAndWhatIsNotFiniteHasNone() throws {
    let zero = try #require(
      SymmetricEigen(DoubleMatrix(rows: 4, columns: 4), compute: compute))
    #expect(zero.values == [0, 0, 0, 0])
    #expect(errors(zero, of: DoubleMatrix(rows: 4, columns: 4)).orthogonality == 0)
    var bad = DoubleMatrix(rows: 3, columns: 3)
    bad[0, 2] = .nan
    #expect(SymmetricEigen(bad, compute: compute) == nil)
  }

  @Test func theBitsDependNeitherOnThreadsNorOnTheInstructionSet() throws {
    let matrix = matrix(
      (0..<67).map { Double($0 * $0) / 7 }, orthogonal(67, seed: 5))
    let reference = try #require(
      SymmetricEigen(matrix, compute: Compute(instructionSet: .scalar, threads: 1)))
    for instructionSet in InstructionSet.available {
      for threads in [1, 2, 5] {
        let eigen = try #require(
          SymmetricEigen(
            matrix, compute: Compute(instructionSet: instructionSet, threads: threads)))
        #expect(eigen.values.map(\.bitPattern) == reference.values.map(\.bitPattern))
        #expect(
          eigen.vectors.elements.map(\.bitPattern)
            == reference.vectors.elements.map(\.bitPattern))
      }
    }
  }
}

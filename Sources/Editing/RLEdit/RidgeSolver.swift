package import Tensors

/// Solves `(A + ρI)·X = D` for a Gram matrix `A = KKᵀ` of keys, `rows×rows`, and a ridge `ρ`.
///
/// By the identity `(KᵀK + ρI)⁻¹Kᵀ = Kᵀ(KKᵀ + ρI)⁻¹` this is the least-squares update of RLEdit and
/// MALMEN in the size of the batch instead of the size of the matrix, and the update comes out
/// factored. A Cholesky decomposition in binary64, its sums in one order.
package struct RidgeSolver: Sendable {
  private let size: Int
  /// The lower triangle of the Cholesky factor, row-major.
  private let factor: [Double]

  /// - Parameter gram: `rows×rows`; its lower triangle is read.
  /// - Returns: `nil` when the system is not positive definite.
  /// - Complexity: O(rows³).
  package init?(gram: Matrix, ridge: Double) {
    size = gram.rows
    var factor = [Double](repeating: 0, count: size * size)
    for row in 0..<size {
      for column in 0...row {
        var sum = Double(gram[row, column]) + (row == column ? ridge : 0)
        for inner in 0..<column {
          sum -= factor[row * size + inner] * factor[column * size + inner]
        }
        if row == column {
          guard sum > 0, sum.isFinite else { return nil }
          factor[row * size + row] = sum.squareRoot()
        } else {
          factor[row * size + column] = sum / factor[column * size + column]
        }
      }
    }
    self.factor = factor
  }

  /// The solution for a right-hand side `rows×n`.
  ///
  /// - Complexity: O(rows²·n).
  package func solve(_ rightHandSide: Matrix) -> Matrix {
    let columns = rightHandSide.columns
    var x = rightHandSide.elements.map(Double.init)
    for row in 0..<size {
      for inner in 0..<row {
        subtract(factor[row * size + inner], times: inner, from: row, in: &x, columns: columns)
      }
      divide(row, by: factor[row * size + row], in: &x, columns: columns)
    }
    for row in stride(from: size - 1, through: 0, by: -1) {
      for inner in row + 1..<max(size, row + 1) {
        subtract(factor[inner * size + row], times: inner, from: row, in: &x, columns: columns)
      }
      divide(row, by: factor[row * size + row], in: &x, columns: columns)
    }
    return Matrix(rows: size, columns: columns, elements: x.map(Float.init))
  }

  private func subtract(
    _ factor: Double, times source: Int, from target: Int, in x: inout [Double], columns: Int
  ) {
    x.withUnsafeMutableBufferPointer { x in
      for column in 0..<columns {
        x[target * columns + column] -= factor * x[source * columns + column]
      }
    }
  }

  private func divide(_ row: Int, by divisor: Double, in x: inout [Double], columns: Int) {
    for column in 0..<columns { x[row * columns + column] /= divisor }
  }
}

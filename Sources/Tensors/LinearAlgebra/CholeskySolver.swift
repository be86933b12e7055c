internal import CKernels

/// Solves `A·X = B` for a symmetric positive definite `A` by Cholesky's decomposition in binary64.
///
/// Every number is one chain of roundings, inner index ascending, whatever the blocks and the threads.
package struct CholeskySolver: Sendable {
  private let size: Int
  /// The transposed factor: row `p` holds `L[j,p]` for `j ≥ p`.
  private let factor: [Double]
  private let compute: Compute

  /// Steps of the decomposition between two updates of what is left.
  private static let block = 64

  /// Columns of right-hand sides solved together: of systems of the size of a weight matrix, the rows of
  /// so many stay in the second cache, which a substitution goes through once a row.
  private static let strip = 64

  /// - Parameter matrix: `n×n`; its lower triangle is read.
  /// - Returns: `nil` when the matrix is not positive definite.
  /// - Complexity: O(n³).
  package init?(_ matrix: DoubleMatrix, compute: Compute) {
    precondition(matrix.rows == matrix.columns, "a system is square")
    size = matrix.rows
    self.compute = compute
    var factor = matrix.transposed.elements
    let size = size
    let isPositive = factor.withUnsafeMutableBufferPointer { buffer in
      guard let u = buffer.baseAddress else { return true }
      let shared = Shared(u)
      for first in stride(from: 0, to: size, by: Self.block) {
        let end = min(size, first + Self.block)
        for row in first..<end {
          let start = u + row * size
          compute.kernels.pointee.add_products(
            u + first * size + row, size, u + first * size + row, size, -1, row - first,
            size - row, start + row)
          let pivot = start[row]
          guard pivot > 0, pivot.isFinite else { return false }
          let root = pivot.squareRoot()
          start[row] = root
          for column in row + 1..<max(size, row + 1) { start[column] /= root }
        }
        compute.parallel(size - end) { rows in
          let u = shared.pointer
          for row in rows {
            let place = end + row
            compute.kernels.pointee.add_products(
              u + first * size + place, size, u + first * size + place, size, -1, end - first,
              size - place, u + place * size + place)
          }
        }
      }
      return true
    }
    guard isPositive else { return nil }
    self.factor = factor
  }

  /// The solution for a right-hand side `n×m`.
  ///
  /// - Complexity: O(n²·m).
  package func solve(_ rightHandSide: DoubleMatrix) -> DoubleMatrix {
    precondition(rightHandSide.rows == size, "a right-hand side has a row for every unknown")
    return solve(rightHandSide) { _ in 0 }
  }

  /// `A⁻¹`, to the bit what solving for the identity gives.
  ///
  /// - Complexity: O(n³), two thirds of the products that solving for an `n×n` matrix takes.
  package var inverse: DoubleMatrix {
    var identity = DoubleMatrix(rows: size, columns: size)
    for index in 0..<size { identity[index, index] = 1 }
    return solve(identity) { $0 }
  }

  /// - Parameter top: the first row where the columns from a given one on may have anything but +0.
  private func solve(
    _ rightHandSide: DoubleMatrix, top: @Sendable (_ column: Int) -> Int
  ) -> DoubleMatrix {
    var solution = rightHandSide
    let columns = rightHandSide.columns
    solution.elements.withUnsafeMutableBufferPointer { target in
      factor.withUnsafeBufferPointer { factor in
        guard let x = target.baseAddress, let u = factor.baseAddress else { return }
        let shared = Shared((x, u))
        compute.parallel(columns, grain: 16) { range in
          let (x, u) = shared.pointer
          for first in stride(from: range.lowerBound, to: range.upperBound, by: Self.strip) {
            let count = min(range.upperBound - first, Self.strip)
            substitute(in: x + first, columns: columns, count: count, top: top(first), factor: u)
          }
        }
      }
    }
    return solution
  }

  /// Solves for `count` neighbouring columns of a right-hand side, from `x` on.
  ///
  /// - Parameter top: above this row they are +0, and stay so. Products with +0 change no bit of another
  ///   row either, but where that is −0, which must not be.
  private func substitute(
    in x: UnsafeMutablePointer<Double>, columns: Int, count: Int, top: Int,
    factor u: UnsafePointer<Double>
  ) {
    for row in top..<size {
      compute.kernels.pointee.add_products(
        x + top * columns, columns, u + top * size + row, size, -1, row - top, count,
        x + row * columns)
      for column in 0..<count { x[row * columns + column] /= u[row * size + row] }
    }
    for row in stride(from: size - 1, through: 0, by: -1) {
      let next = row + 1
      compute.kernels.pointee.add_products(
        x + next * columns, columns, u + row * size + next, 1, -1, size - next, count,
        x + row * columns)
      for column in 0..<count { x[row * columns + column] /= u[row * size + row] }
    }
  }
}

internal import CKernels

/// The eigenvalues and eigenvectors of a symmetric matrix, in binary64: reduction to a tridiagonal
/// matrix by Householder's reflections, then the implicit QL method (Golub & Van Loan, 8.3). Each
/// number is one chain of roundings in a stated order, whatever the instruction set and the number
/// of threads.
package struct SymmetricEigen: Sendable {
  /// Ascending.
  package let values: [Double]
  /// Row `i` is the unit eigenvector of value `i`.
  package let vectors: DoubleMatrix

  /// - Parameter matrix: `n×n`; its upper triangle is read.
  /// - Returns: `nil` when a number is not finite, or the method does not come to an end.
  /// - Complexity: O(n³).
  package init?(_ matrix: DoubleMatrix, compute: Compute) {
    precondition(matrix.rows == matrix.columns, "only a square matrix is symmetric")
    let size = matrix.rows
    guard matrix.elements.allSatisfy(\.isFinite) else { return nil }
    // A power of two brings the numbers near 1, so that squares neither overflow nor vanish.
    let largest = matrix.elements.reduce(0) { max($0, abs($1)) }
    guard largest > 0 else {
      values = .init(repeating: 0, count: size)
      var identity = DoubleMatrix(rows: size, columns: size)
      for index in 0..<size { identity[index, index] = 1 }
      vectors = identity
      return
    }
    // Within these bounds the power and its inverse are normal numbers.
    let exponent = max(-1000, min(1000, Int(largest.exponent)))
    let scale = Double(sign: .plus, exponent: -exponent, significand: 1)
    var scaled = matrix
    for row in 0..<size {
      for column in row..<size {
        let value = matrix[row, column] * scale
        scaled[row, column] = value
        scaled[column, row] = value
      }
    }
    var tridiagonal = Tridiagonal(reducing: scaled, compute: compute)
    guard tridiagonal.diagonalize(compute: compute) else { return nil }
    let diagonal = tridiagonal.diagonal
    let order = diagonal.indices.sorted { (diagonal[$0], $0) < (diagonal[$1], $1) }
    let back = Double(sign: .plus, exponent: exponent, significand: 1)
    values = order.map { diagonal[$0] * back }
    var elements: [Double] = []
    elements.reserveCapacity(size * size)
    for row in order {
      elements += tridiagonal.basis.elements[row * size..<(row + 1) * size]
    }
    vectors = DoubleMatrix(rows: size, columns: size, elements: elements)
  }
}

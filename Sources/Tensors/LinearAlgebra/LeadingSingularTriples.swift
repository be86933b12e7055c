/// The largest singular values of a matrix with their directions, by orthogonal iteration on a block of
/// rows with Rayleigh-Ritz steps (Golub & Van Loan 2013, 8.2.4 and 8.3.5).
///
/// For a matrix of which only the first few are wanted: it never forms a Gram matrix.
package struct LeadingSingularTriples: Sendable {
  /// The largest first, none below zero.
  package let values: [Double]
  /// Unit vectors of outputs, one row for each value: `values×out`.
  package let left: DoubleMatrix
  /// Unit vectors of inputs: `values×in`.
  package let right: DoubleMatrix

  /// Further rows in the block: the first values settle the sooner the more there are.
  private static let margin = 8
  private static let mostSteps = 300
  /// Steps end when no wanted value moves by more than this share of the largest.
  private static let tolerance = 1e-10
  /// What is shorter than this share of the longest row of a block is rounding.
  private static let negligible = 1e-13

  /// - Parameter count: how many at most; fewer where the matrix has a lower rank.
  /// - Returns: `nil` when a number is not finite.
  /// - Complexity: O(steps · (count + 8) · out · in), the steps by how near the values lie.
  package init?(of matrix: DoubleMatrix, count: Int, compute: Compute) {
    guard matrix.elements.allSatisfy(\.isFinite) else { return nil }
    let size = min(matrix.rows, matrix.columns)
    let transposed = matrix.transposed
    // A fixed start: the same matrix gives the same bits.
    var state: UInt64 = 0x9e37_79b9_7f4a_7c15
    var block = DoubleMatrix(rows: min(size, count + Self.margin), columns: matrix.columns)
    for index in block.elements.indices {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      block.elements[index] = Double(Int64(bitPattern: state) >> 11) * 0x1p-52
    }
    block = Self.orthonormal(block, compute)
    var (values, left): ([Double], DoubleMatrix) = ([], DoubleMatrix(rows: 0, columns: matrix.rows))
    for _ in 0..<Self.mostSteps {
      left = Self.orthonormal(compute.product(block, transposed), compute)
      let carried = compute.product(left, matrix)
      guard left.rows > 0,
        let eigen = SymmetricEigen(
          compute.product(carried, carried.transposed), compute: compute)
      else { break }
      // Rows by falling eigenvalue.
      var turn = DoubleMatrix(rows: left.rows, columns: left.rows)
      for row in 0..<turn.rows {
        for column in 0..<turn.columns {
          turn[row, column] = eigen.vectors[turn.rows - 1 - row, column]
        }
      }
      let former = values
      values = eigen.values.reversed().map { max(0, $0).squareRoot() }
      left = compute.product(turn, left)
      block = Self.orthonormal(compute.product(turn, carried), compute)
      let moved = zip(values.prefix(count), former.prefix(count)).map { abs($0 - $1) }.max()
      if let moved, former.count == values.count, moved <= Self.tolerance * values[0] { break }
    }
    let kept = values.prefix(count).prefix { $0 > Self.negligible * (values.first ?? 0) }.count
    self.values = Array(values.prefix(kept))
    self.left = left.rows(0..<kept)
    // The inputs that go with the outputs: Dᵀu/σ.
    var right = compute.product(self.left, matrix)
    for row in 0..<kept {
      for column in 0..<right.columns { right[row, column] /= values[row] }
    }
    self.right = right
  }

  /// An orthonormal basis of the rows' span: Gram and Schmidt, twice.
  private static func orthonormal(_ matrix: DoubleMatrix, _ compute: Compute) -> DoubleMatrix {
    var rows: [[Double]] = []
    var longest = 0.0
    for index in 0..<matrix.rows {
      var row = Array(matrix.elements[index * matrix.columns..<(index + 1) * matrix.columns])
      longest = max(longest, norm(row))
      for _ in 0..<2 {
        for other in rows {
          let share = zip(row, other).reduce(0) { $0 + $1.0 * $1.1 }
          for column in row.indices { row[column] -= share * other[column] }
        }
      }
      let length = norm(row)
      guard length > negligible * longest, length > 0 else { continue }
      rows.append(row.map { $0 / length })
    }
    return DoubleMatrix(rows: rows.count, columns: matrix.columns, elements: rows.flatMap { $0 })
  }

  private static func norm(_ row: [Double]) -> Double {
    row.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }
}

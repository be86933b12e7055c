package import Tensors

/// The second moments of rows of one size.
package struct SecondMoments: Sendable, Equatable {
  /// Rows taken in.
  package private(set) var rows: Int
  /// `Σ XᵀX`, `size×size`, symmetric to the bit.
  package private(set) var sum: DoubleMatrix

  package init(rows: Int, sum: DoubleMatrix) {
    self.rows = rows
    self.sum = sum
  }

  /// Of no rows yet.
  init(size: Int) {
    self.init(rows: 0, sum: DoubleMatrix(rows: size, columns: size))
  }

  /// `Σ XᵀX/rows`.
  package var mean: DoubleMatrix {
    DoubleMatrix(
      rows: sum.rows, columns: sum.columns, elements: sum.elements.map { $0 / Double(rows) })
  }

  /// The mean diagonal element of ``mean``.
  var meanDiagonal: Double {
    let trace = (0..<sum.rows).reduce(0) { $0 + sum[$1, $1] }
    return trace / Double(max(1, rows)) / Double(max(1, sum.rows))
  }

  /// Takes in rows `rows×size`: their `XᵀX` in binary32, added in binary64.
  ///
  /// - Parameter weight: of each row in the sum; it counts as one row all the same.
  /// - Complexity: O(rows·size²).
  mutating func take(_ taken: Matrix, weight: Double, compute: Compute) {
    let product = compute.product(transposed: taken, taken)
    rows += taken.rows
    sum.elements.withUnsafeMutableBufferPointer { sum in
      product.elements.withUnsafeBufferPointer { product in
        for index in sum.indices { sum[index] += weight * Double(product[index]) }
      }
    }
  }
}

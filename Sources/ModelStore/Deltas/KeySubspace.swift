package import Tensors

/// The inputs that an update of a matrix answers to: the span of its `V`'s rows. Inputs at right angles
/// to it pass as before.
///
/// Two updates whose subspaces overlap change each other's answers, whatever their facts are about.
package struct KeySubspace: Sendable {
  /// An orthonormal basis, `dimension×in`.
  private let basis: DoubleMatrix

  package var dimension: Int { basis.rows }

  /// Directions whose share of the largest is below this are rounding.
  private static let tolerance = 1e-10

  /// - Throws: the errors of the factor's form.
  /// - Complexity: O(r²·in + r³).
  package init(of update: LowRankUpdate, compute: Compute) throws {
    let v = DoubleMatrix(compute.widened(try update.v.view()))
    let gram = compute.product(v, v.transposed)
    guard let eigen = SymmetricEigen(gram, compute: compute) else {
      throw ModelStoreError.factorNotFinite
    }
    let largest = eigen.values.last ?? 0
    let kept = eigen.values.indices.filter {
      largest > 0 && eigen.values[$0] > Self.tolerance * largest
    }
    var weights = DoubleMatrix(rows: kept.count, columns: v.rows)
    for (row, index) in kept.enumerated() {
      let scale = 1 / eigen.values[index].squareRoot()
      for column in 0..<v.rows { weights[row, column] = eigen.vectors[index, column] * scale }
    }
    basis = compute.product(weights, v)
  }

  /// How much of the smaller subspace lies in the other: the mean squared cosine of the principal angles
  /// (Björck & Golub 1973), 0 where they are at right angles, 1 where one holds the other.
  ///
  /// - Complexity: O(r²·in).
  package func overlap(with other: KeySubspace, compute: Compute) -> Double {
    let smaller = min(dimension, other.dimension)
    guard smaller > 0, basis.columns == other.basis.columns else { return 0 }
    let cosines = compute.product(basis, other.basis.transposed)
    let squares = cosines.elements.reduce(0) { $0 + $1 * $1 }
    return min(1, squares / Double(smaller))
  }
}

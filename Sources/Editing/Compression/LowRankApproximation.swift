package import Tensors

/// The best approximation of a matrix by one of a given rank (Eckart & Young 1936), factored.
///
/// With `q₁, q₂, …` the eigenvectors of the Gram matrix of the smaller side, largest eigenvalues
/// `σ₁² ≥ σ₂² ≥ …` first, a matrix `D` (`out×in`, `out ≤ in`) is about `Σ qᵢqᵢᵀD`. The singular value
/// is shared between the factors: `uᵢ = √σᵢ·qᵢ` and `vᵢ = qᵢᵀD/√σᵢ`, so that both keep their distance
/// from the ends of a narrow element type.
package struct LowRankApproximation: Sendable {
  /// `out×r`.
  package let u: Matrix
  /// `r×in`.
  package let v: Matrix

  /// Eigenvalues below this share of the largest are rounding, no part of the matrix.
  static let negligible = 0x1p-46

  init(u: Matrix, v: Matrix) {
    self.u = u
    self.v = v
  }

  /// - Parameter rank: at most; singular values that are nothing but rounding are left out, so that
  ///   a matrix of zeros has rank 0.
  /// - Returns: `nil` when a number is not finite.
  /// - Complexity: O(small²·(small + large)).
  package init?(_ matrix: Matrix, rank: Int, compute: Compute) {
    self.init(DoubleMatrix(matrix), compute: compute) { _ in rank }
  }

  /// - Parameter rank: given the squares of the singular values, the smallest first.
  init?(_ matrix: DoubleMatrix, compute: Compute, rank: (_ squares: [Double]) -> Int) {
    let isWide = matrix.rows <= matrix.columns
    let wide = isWide ? matrix : matrix.transposed
    let gram = compute.product(wide, wide.transposed)
    guard let eigen = SymmetricEigen(gram, compute: compute) else { return nil }
    let size = gram.rows
    let largest = eigen.values.last ?? 0
    let kept = (max(0, size - rank(eigen.values))..<size).reversed().filter {
      eigen.values[$0] > Self.negligible * largest
    }
    // r×small, and r×large.
    var basis = DoubleMatrix(rows: kept.count, columns: size)
    for (row, index) in kept.enumerated() {
      for column in 0..<size { basis[row, column] = eigen.vectors[index, column] }
    }
    var other = compute.product(basis, wide)
    for (row, index) in kept.enumerated() {
      let share = eigen.values[index].squareRoot().squareRoot()
      for column in 0..<size { basis[row, column] *= share }
      for column in 0..<other.columns { other[row, column] /= share }
    }
    self.init(
      u: (isWide ? basis : other).transposed.rounded, v: (isWide ? other : basis).rounded)
  }
}

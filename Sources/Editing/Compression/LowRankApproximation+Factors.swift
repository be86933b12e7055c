package import Tensors

extension LowRankApproximation {
  /// The best approximation of `U·V` (`out×R` by `R×in`) of a given rank, without forming the product unless
  /// it has fewer rows and columns than `R`.
  ///
  /// With `VVᵀ = Σ λᵢ qᵢqᵢᵀ` the rows `wᵢ = qᵢᵀV/√λᵢ` are orthonormal and `UV = U'W`, `U' = U·[√λᵢ qᵢ]`; with
  /// `U'ᵀU' = Σ σⱼ² pⱼpⱼᵀ` the singular values of `UV` are the `σⱼ`, and `uⱼ = U'pⱼ/√σⱼ`, `vⱼ = √σⱼ·pⱼᵀW`.
  ///
  /// - Returns: `nil` when a number is not finite.
  /// - Complexity: O(R²·(R + out + in)), or O(R·out·in + small²·(out + in)) where the larger side is below `R`.
  package init?(u: Matrix, v: Matrix, rank: Int, compute: Compute) {
    self.init(u: u, v: v, compute: compute) { _ in rank }
  }

  /// The approximation of `U·V` of the lowest rank that is no further from it than a share of its
  /// Frobenius norm: the squares of the singular values left out add up to no more than the square of the
  /// share times all of them.
  package init?(u: Matrix, v: Matrix, relativeError: Double, compute: Compute) {
    self.init(u: u, v: v, compute: compute) { squares in
      let limit = relativeError * relativeError * squares.reduce(0, +)
      var (leftOut, sum) = (0, 0.0)
      for square in squares {
        sum += max(0, square)
        guard sum <= limit else { break }
        leftOut += 1
      }
      return squares.count - leftOut
    }
  }

  /// - Parameter rank: given the squares of the singular values, the smallest first.
  private init?(u: Matrix, v: Matrix, compute: Compute, rank: (_ squares: [Double]) -> Int) {
    let (left, right) = (DoubleMatrix(u), DoubleMatrix(v))
    guard v.rows <= max(u.rows, v.columns) else {
      self.init(compute.product(left, right), compute: compute, rank: rank)
      return
    }
    guard
      let rows = SymmetricEigen(compute.product(right, right.transposed), compute: compute)
    else { return nil }
    let basis = Self.largest(of: rows, at: rows.values.count)
    // W, m×in, and U'ᵀ, m×out.
    let orthonormal = compute.product(basis.scaled { 1 / $0.squareRoot() }, right)
    let carried = compute.product(basis.scaled { $0.squareRoot() }, left.transposed)
    guard
      let columns = SymmetricEigen(
        compute.product(carried, carried.transposed), compute: compute)
    else { return nil }
    let directions = Self.largest(of: columns, at: rank(columns.values))
    // The eigenvalues are σ².
    let shares = directions.values.map { $0.squareRoot().squareRoot() }
    var newLeft = compute.product(directions.vectors, carried)
    var newRight = compute.product(directions.vectors, orthonormal)
    for (row, share) in shares.enumerated() {
      for column in 0..<newLeft.columns { newLeft[row, column] /= share }
      for column in 0..<newRight.columns { newRight[row, column] *= share }
    }
    self.init(u: newLeft.transposed.rounded, v: newRight.rounded)
  }

  /// Eigenvalues, the largest first, with their eigenvectors as rows.
  private struct Basis {
    let values: [Double]
    let vectors: DoubleMatrix

    /// The eigenvectors, each times a function of its eigenvalue.
    func scaled(_ factor: (Double) -> Double) -> DoubleMatrix {
      var result = vectors
      for (row, value) in values.enumerated() {
        for column in 0..<result.columns { result[row, column] *= factor(value) }
      }
      return result
    }
  }

  /// At most `count` of the largest, without those that are nothing but rounding.
  private static func largest(of eigen: SymmetricEigen, at count: Int) -> Basis {
    let size = eigen.values.count
    let limit = negligible * (eigen.values.last ?? 0)
    let kept = (max(0, size - count)..<size).reversed().filter { eigen.values[$0] > limit }
    var vectors = DoubleMatrix(rows: kept.count, columns: size)
    for (row, index) in kept.enumerated() {
      for column in 0..<size { vectors[row, column] = eigen.vectors[index, column] }
    }
    return Basis(values: kept.map { eigen.values[$0] }, vectors: vectors)
  }
}

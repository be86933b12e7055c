package import Tensors

/// The directions in which a model's general keys hardly reach: the eigenvectors of their mean second
/// moment whose eigenvalues are below a threshold. A change of a matrix within it leaves the outputs
/// for those keys as they are (AlphaEdit, Fang et al. 2025).
package struct NullSpace: Sendable {
  /// `d×in`: orthonormal rows.
  package let basis: DoubleMatrix
  /// `P = BᵀB`, `in×in`, from the rounded basis.
  package let projector: Matrix

  /// - Parameter covariance: `in×in`, symmetric.
  /// - Returns: `nil` when its eigenvalues cannot be found.
  /// - Complexity: O(in³).
  package init?(of covariance: DoubleMatrix, threshold: Double, compute: Compute) {
    guard let eigen = SymmetricEigen(covariance, compute: compute) else { return nil }
    basis = eigen.vectors.rows(0..<eigen.values.count { $0 < threshold })
    let rounded = basis.rounded
    projector = compute.product(transposed: rounded, rounded)
  }

  /// Every row's part in the space, `K·P = (K·Bᵀ)·B`.
  package func project(_ rows: DoubleMatrix, compute: Compute) -> DoubleMatrix {
    compute.product(compute.product(rows, basis.transposed), basis)
  }

  /// `P·G·P` for a symmetric `G`, in binary32.
  package func restrict(_ gram: WeightView, compute: Compute) -> Matrix {
    compute.product(compute.product(projector, gram), WeightView(projector))
  }
}

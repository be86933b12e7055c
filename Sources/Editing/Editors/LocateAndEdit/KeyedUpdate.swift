package import Tensors

/// The least-squares update of one matrix that gives keys new values, weighed against what is known of
/// other keys:
///
///     ΔWᵀ = (M + KᵀK)⁻¹KᵀR
///
/// with the edits' keys `K` (`n×in`), the wanted changes of their outputs `R` (`n×out`) and a
/// symmetric positive definite `M` (`in×in`) that stands for the other keys. By Woodbury's identity
///
///     (M + KᵀK)⁻¹Kᵀ = M⁻¹Kᵀ(I + K·M⁻¹Kᵀ)⁻¹
///
/// so that with `V = K·M⁻¹` (`n×in`) and `U = ((I + K·Vᵀ)⁻¹R)ᵀ` (`out×n`) the update is `U·V`: factored,
/// of rank `n` at most, and only a system of the batch's size is solved for it. All in binary64, the
/// factors rounded to binary32.
package struct KeyedUpdate: Sendable {
  /// `out×n`.
  package let u: Matrix
  /// `n×in`.
  package let v: Matrix

  /// - Parameters:
  ///   - keys: `K`.
  ///   - weighted: `K·M⁻¹`.
  ///   - residuals: `R`.
  /// - Returns: `nil` when the system is not positive definite.
  /// - Complexity: O(n²·(n + in + out)).
  package init?(
    keys: DoubleMatrix, weighted: DoubleMatrix, residuals: Matrix, compute: Compute
  ) {
    var system = compute.product(keys, weighted.transposed)
    for row in 0..<system.rows { system[row, row] += 1 }
    guard let solver = CholeskySolver(system, compute: compute) else { return nil }
    u = solver.solve(DoubleMatrix(residuals)).transposed.rounded
    v = weighted.rounded
  }
}

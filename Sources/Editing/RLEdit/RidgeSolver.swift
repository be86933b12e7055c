package import Tensors

/// Solves `(A + ρI)·X = D` for a Gram matrix `A = KKᵀ` of keys, `rows×rows`, and a ridge `ρ`.
///
/// By the identity `(KᵀK + ρI)⁻¹Kᵀ = Kᵀ(KKᵀ + ρI)⁻¹` this is the least-squares update of RLEdit and
/// MALMEN in the size of the batch instead of the size of the matrix, and the update comes out
/// factored. A Cholesky decomposition in binary64.
package struct RidgeSolver: Sendable {
  private let solver: CholeskySolver

  /// - Parameter gram: `rows×rows`; its lower triangle is read.
  /// - Returns: `nil` when the system is not positive definite.
  /// - Complexity: O(rows³).
  package init?(gram: Matrix, ridge: Double, compute: Compute) {
    var system = DoubleMatrix(gram)
    for row in 0..<gram.rows { system[row, row] += ridge }
    guard let solver = CholeskySolver(system, compute: compute) else { return nil }
    self.solver = solver
  }

  /// The solution for a right-hand side `rows×n`.
  ///
  /// - Complexity: O(rows²·n).
  package func solve(_ rightHandSide: Matrix) -> Matrix {
    solver.solve(DoubleMatrix(rightHandSide)).rounded
  }
}

package import Tensors

/// Keys whose outputs an update should leave as they are: those of general text, as MEMIT's
/// covariance, or of prompts like the edited ones about other subjects.
///
/// With `K₀` the preserved keys (`m×in`), `w` their weight and `ρ = e^λ` the ridge, the least-squares
/// update of RLEdit becomes
///
///     ΔWᵀ = (KᵀK + w·K₀ᵀK₀ + ρI)⁻¹ KᵀD = M⁻¹Kᵀ (I + K M⁻¹Kᵀ)⁻¹ D,   M = ρI + w·K₀ᵀK₀
///
/// and by Woodbury's identity `K M⁻¹ = (K − K K₀ᵀ (ρ/w·I + K₀K₀ᵀ)⁻¹ K₀)/ρ`: the edit's keys less what
/// preserved keys explain of them. The rank stays that of the batch.
package struct PreservedKeys: KeyMetric {
  private let keys: WeightView  // (m, in)
  private let solver: RidgeSolver
  private let ridge: Double

  /// - Returns: `nil` when the system is not positive definite.
  /// - Complexity: O(m²·(m + in)), once.
  package init?(_ preserved: Matrix, weight: Double, ridge: Double, compute: Compute) {
    let view = WeightView(preserved)
    guard
      let solver = RidgeSolver(
        gram: compute.product(preserved, transposed: view), ridge: ridge / weight,
        compute: compute)
    else { return nil }
    keys = view
    self.solver = solver
    self.ridge = ridge
  }

  /// `K M⁻¹`, `rows×in`, for keys `rows×in`.
  package func project(_ edited: Matrix, compute: Compute) -> Matrix {
    let overlap = compute.product(edited, transposed: keys)  // (rows, m)
    let shares = solver.solve(overlap.transposed).transposed  // (rows, m)
    let explained = compute.product(shares, keys)  // (rows, in)
    var projected = edited
    for index in projected.elements.indices {
      projected.elements[index] = Float(
        (Double(edited.elements[index]) - Double(explained.elements[index])) / ridge)
    }
    return projected
  }
}

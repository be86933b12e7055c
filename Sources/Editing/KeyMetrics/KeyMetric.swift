package import Tensors

/// What an update should leave alone beside its size: the matrix `M` (`in×in`, positive definite) of
/// the least squares `ΔWᵀ = (KᵀK + M)⁻¹KᵀD`, known by its inverse.
package protocol KeyMetric: Sendable {
  /// `K M⁻¹`, `rows×in`, for keys `rows×in`.
  func project(_ keys: Matrix, compute: Compute) -> Matrix
}

package import ModelStore
package import Tensors

/// A low-rank update of one matrix in fewer ranks.
package struct CompressedUpdate: Sendable {
  /// `nil` where what is left is nothing.
  package let update: LowRankUpdate?
  package let formerRank: Int
  /// The Frobenius norm of the update as it was.
  package let norm: Double
  /// The Frobenius norm of what the new factors, as they are stored, make otherwise.
  package let error: Double

  /// Brings an update down to the lowest rank that keeps it (Eckart & Young 1936).
  ///
  /// The factors are stored in the type that they had, or in binary32 where that type's rounding would
  /// take the error over the tolerance. An update that would not become smaller stays as it is.
  ///
  /// - Parameter tolerance: the error at most, as a share of the update's Frobenius norm.
  /// - Throws: ``EditingError/singularSystem(module:)`` where it has no singular values to be found, the
  ///   errors of stored factors.
  /// - Complexity: O(s²·(out + in) + r·out·in), where s is the lesser of r and the larger of out and in.
  package init(_ whole: LowRankUpdate, tolerance: Double, compute: Compute) throws {
    let (u, v) = (compute.widened(try whole.u.view()), compute.widened(try whole.v.view()))
    let product = compute.product(DoubleMatrix(u), DoubleMatrix(v))
    formerRank = whole.rank
    norm = Self.norm(product)
    guard
      let low = LowRankApproximation(u: u, v: v, relativeError: tolerance, compute: compute)
    else { throw EditingError.singularSystem(module: whole.tensor) }
    guard low.v.rows > 0 else {
      update = nil
      error = norm
      return
    }
    for type in [whole.u.elementType, .float32] {
      guard let made = try? Self.stored(low, of: whole.tensor, as: type) else { continue }
      let missing = Self.distance(product, made, compute)
      if missing <= tolerance * norm, made.byteCount < whole.byteCount {
        update = made
        error = missing
        return
      }
    }
    update = whole
    error = 0
  }

  private static func stored(
    _ low: LowRankApproximation, of tensor: String, as type: ElementType
  ) throws -> LowRankUpdate {
    try LowRankUpdate(
      tensor: tensor, u: StoredFactor(quantizing: low.u, as: type),
      v: StoredFactor(quantizing: low.v, as: type))
  }

  private static func distance(
    _ product: DoubleMatrix, _ update: LowRankUpdate, _ compute: Compute
  ) -> Double {
    guard let u = try? update.u.view(), let v = try? update.v.view() else { return .infinity }
    var rest = compute.product(
      DoubleMatrix(compute.widened(u)), DoubleMatrix(compute.widened(v)))
    for index in rest.elements.indices { rest.elements[index] -= product.elements[index] }
    return norm(rest)
  }

  private static func norm(_ matrix: DoubleMatrix) -> Double {
    matrix.elements.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }
}

package import LanguageModel
package import Tensors

/// The metric of the recursive solver: `M = ρI + w_c C + w Σ KᵀK`, of the second moments `C` of keys that
/// should keep their outputs and the keys of all earlier edits.
///
/// With `w = 1` the sum of sequential updates is the one-time solution over all edits, to first order; a larger
/// one holds earlier edits harder than the batch at hand, whose own keys count once. A
/// revert takes the rows of the reverted edit out of `M`. `M` is known by its inverse, which every batch
/// updates by Woodbury's identity, in binary32:
///
///     P ← P − Vᵀ(KVᵀ + I/w)⁻¹V,   V = KP
///
/// A fold over the active chain in order, from the inverse of the first terms.
package struct MemoryMetric: KeyMetric {
  /// `P = M⁻¹`, `in×in`.
  private var inverse: FloatBuffer
  private let size: Int

  /// `M = ρI`, where no keys but those of edits count.
  ///
  /// - Parameter ridge: `ρ`, above 0.
  package init(size: Int, ridge: Double) {
    self.size = size
    var identity = Matrix(rows: size, columns: size)
    for index in 0..<size { identity[index, index] = Float(1 / ridge) }
    inverse = FloatBuffer(copying: identity.elements)
  }

  /// - Parameters:
  ///   - moment: `C` (`in×in`) and its weight `w_c`.
  ///   - ridge: `ρ` in units of the mean diagonal element of `w_c C`.
  /// - Returns: `nil` where the matrix is not positive definite.
  /// - Complexity: O(in³).
  package init?(moment: DoubleMatrix, weight: Double, ridge: Double, compute: Compute) {
    size = moment.rows
    var sum = moment
    var diagonal = 0.0
    for index in 0..<size { diagonal += moment[index, index] }
    for index in sum.elements.indices { sum.elements[index] *= weight }
    for index in 0..<size {
      sum[index, index] += ridge * weight * diagonal / Double(max(1, size))
    }
    guard let solver = CholeskySolver(sum, compute: compute) else { return nil }
    inverse = FloatBuffer(copying: solver.inverse.rounded.elements)
  }

  /// `K M⁻¹`, `rows×in`.
  package func project(_ keys: Matrix, compute: Compute) -> Matrix {
    compute.product(keys, WeightView(rows: size, columns: size, buffer: inverse))
  }

  /// Takes in the keys of a later edit (`rows×in`).
  ///
  /// - Throws: ``EditingError/singularSystem(module:)``; ``EditingError/badMemory`` for keys of another
  ///   width, which come from a store that was tampered with.
  /// - Complexity: O(rows·in²).
  package mutating func remember(
    _ keys: Matrix, weight: Double, at place: KeyPlace, compute: Compute
  ) throws {
    guard keys.columns == size else { throw EditingError.badMemory }
    let v = project(keys, compute: compute)
    guard
      let solver = RidgeSolver(
        gram: compute.product(keys, transposed: v), ridge: 1 / weight, compute: compute)
    else { throw EditingError.singularSystem(module: place.name) }
    var solved = solver.solve(v)
    for index in solved.elements.indices { solved.elements[index] = -solved.elements[index] }
    // A value: metrics that this one was copied from stay as they are.
    let next = FloatBuffer(uninitialized: size * size)
    next.pointer.update(from: inverse.pointer, count: size * size)
    compute.addProduct(WeightView(v.transposed), WeightView(solved), to: next)
    inverse = next
  }
}

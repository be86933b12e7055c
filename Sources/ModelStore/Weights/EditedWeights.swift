package import Tensors

/// A model's weights with some of them edited: binary32 copies of the edited matrices over a provider
/// of the rest. A value: applying an update leaves the weights it came from as they were.
package struct EditedWeights: WeightProvider {
  private var base: any WeightProvider
  private var edited: [String: FloatBuffer] = [:]
  private let compute: Compute

  package init(base: any WeightProvider, compute: Compute) {
    self.init(base: base, edited: [:], compute: compute)
  }

  /// Weights some of which have been derived already.
  init(base: any WeightProvider, edited: [String: FloatBuffer], compute: Compute) {
    self.base = base
    self.edited = edited
    self.compute = compute
  }

  /// The names of the edited matrices, sorted.
  package var editedNames: [String] { edited.keys.sorted() }

  package func weight(named name: String) throws -> WeightView {
    let original = try base.weight(named: name)
    guard let buffer = edited[name] else { return original }
    return WeightView(rows: original.rows, columns: original.columns, buffer: buffer)
  }

  /// The binary32 numbers of an edited matrix, or `nil` where it is as the base has it.
  package func editedBuffer(named name: String) -> FloatBuffer? {
    edited[name]
  }

  /// Applies an update by the delta arithmetic: for every rank index `p` ascending,
  /// `W[i,j] = fma(U[i,p], V[p,j], W[i,j])`.
  ///
  /// - Throws: ``ModelStoreError/deltaDoesNotFit(tensor:expected:found:)`` when the factors' outer
  ///   sizes are not those of the matrix, ``ModelStoreError/weightNotFinite(tensor:)`` when a weight
  ///   overflows, and the provider's errors.
  package mutating func apply(_ update: LowRankUpdate) throws {
    let view = try weight(named: update.tensor)
    guard view.rows == update.u.rows, view.columns == update.v.columns else {
      throw ModelStoreError.deltaDoesNotFit(
        tensor: update.tensor, expected: [view.rows, view.columns],
        found: [update.u.rows, update.v.columns])
    }
    let buffer = compute.widenedBuffer(view)
    compute.addProduct(try update.u.view(), try update.v.view(), to: buffer)
    guard buffer.isFinite(compute) else {
      throw ModelStoreError.weightNotFinite(tensor: update.tensor)
    }
    edited[update.tensor] = buffer
  }

  /// These weights with given matrices in place of those of the same names, whose sizes are theirs.
  package func replacing(_ buffers: [String: FloatBuffer]) -> EditedWeights {
    var result = self
    result.edited.merge(buffers) { $1 }
    return result
  }

  /// The same weights, those that are as the base has them widened once each where `isWidened` says so.
  package func widened(_ isWidened: @escaping @Sendable (String) -> Bool) -> EditedWeights {
    var result = self
    result.base = WidenedWeights(over: base, compute: compute, widening: isWidened)
    return result
  }

  /// These weights with updates applied in order.
  package func applying(_ updates: [LowRankUpdate]) throws -> EditedWeights {
    var result = self
    for update in updates { try result.apply(update) }
    return result
  }
}

import Synchronization
package import Tensors

/// The weights of a provider, widened to binary32 once each instead of in every product: for work that
/// runs the same matrices again and again, at the price of four bytes a number.
package final class WidenedWeights: WeightProvider {
  private let base: any WeightProvider
  private let compute: Compute
  private let isWidened: @Sendable (String) -> Bool
  private let widened = Mutex<[String: WeightView]>([:])

  /// - Parameter isWidened: whether a weight of that name is worth it.
  package init(
    over base: any WeightProvider, compute: Compute,
    widening isWidened: @escaping @Sendable (String) -> Bool
  ) {
    self.base = base
    self.compute = compute
    self.isWidened = isWidened
  }

  package func weight(named name: String) throws -> WeightView {
    guard isWidened(name) else { return try base.weight(named: name) }
    if let known = widened.withLock({ $0[name] }) { return known }
    let view = try base.weight(named: name)
    guard view.elementType != .float32 else { return view }
    let wide = WeightView(
      rows: view.rows, columns: view.columns, buffer: compute.widenedBuffer(view))
    widened.withLock { $0[name] = wide }
    return wide
  }
}

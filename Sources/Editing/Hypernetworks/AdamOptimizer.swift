/// Adam (Kingma & Ba 2015), with PyTorch's bias correction and order of operations, in binary32 but for
/// the corrections, which are binary64.
package struct AdamOptimizer: Sendable, Equatable {
  package static let firstDecay: Float = 0.9
  package static let secondDecay: Float = 0.999
  package static let epsilon: Float = 1e-8

  package private(set) var step: Int
  package private(set) var first: HypernetworkSet
  package private(set) var second: HypernetworkSet

  /// An optimiser that has seen nothing.
  package init(for networks: HypernetworkSet) {
    self.init(step: 0, first: networks.zeros, second: networks.zeros)
  }

  /// An optimiser as it was stored.
  package init(step: Int, first: HypernetworkSet, second: HypernetworkSet) {
    self.step = step
    self.first = first
    self.second = second
  }

  /// Moves the parameters against a gradient:
  ///
  ///     m ← β₁m + (1 − β₁)g      v ← β₂v + (1 − β₂)g²
  ///     p ← p − (lr/(1 − β₁ᵗ))·m/(√v/√(1 − β₂ᵗ) + ε)
  ///
  /// - Parameter rates: the learning rate of a parameter, from its name.
  package mutating func update(
    _ networks: inout HypernetworkSet, gradient: HypernetworkSet, rates: (String) -> Double
  ) {
    step += 1
    var (firstPower, secondPower) = (1.0, 1.0)
    for _ in 0..<step {
      firstPower *= Double(Self.firstDecay)
      secondPower *= Double(Self.secondDecay)
    }
    let secondCorrection = Float((1 - secondPower).squareRoot())
    let gradients = gradient.parameters.map(\.elements)
    var next = 0
    first.forEachParameter { _, _, moments in
      let g = gradients[next]
      for i in moments.indices {
        moments[i] = Self.firstDecay * moments[i] + (1 - Self.firstDecay) * g[i]
      }
      next += 1
    }
    next = 0
    second.forEachParameter { _, _, moments in
      let g = gradients[next]
      for i in moments.indices {
        moments[i] = Self.secondDecay * moments[i] + (1 - Self.secondDecay) * (g[i] * g[i])
      }
      next += 1
    }
    let (firsts, seconds) = (first.parameters.map(\.elements), second.parameters.map(\.elements))
    next = 0
    networks.forEachParameter { name, _, elements in
      let stepSize = Float(rates(name) / (1 - firstPower))
      let (m, v) = (firsts[next], seconds[next])
      for i in elements.indices {
        elements[i] -= stepSize * (m[i] / (v[i].squareRoot() / secondCorrection + Self.epsilon))
      }
      next += 1
    }
  }
}

package import Tensors

/// The hypernetworks of all shapes that an editor edits. A gradient and an optimiser's moments have the
/// same form.
package struct HypernetworkSet: Sendable, Equatable {
  /// In the order of their shapes.
  package private(set) var networks: [Hypernetwork]

  package init(_ networks: [Hypernetwork]) {
    self.networks = networks.sorted { $0.shape < $1.shape }
  }

  package subscript(shape: WeightShape) -> Hypernetwork? {
    networks.first { $0.shape == shape }
  }

  /// The set filled with zeros.
  package var zeros: HypernetworkSet { HypernetworkSet(networks.map(\.zeros)) }

  /// Changes the network of a shape, where there is one.
  package mutating func update(_ shape: WeightShape, _ change: (inout Hypernetwork) -> Void) {
    guard let index = networks.firstIndex(where: { $0.shape == shape }) else { return }
    change(&networks[index])
  }

  /// Calls `body` with every parameter: network by network in the order of their shapes.
  package mutating func forEachParameter(
    _ body: (_ name: String, _ shape: [Int], _ elements: inout [Float]) throws -> Void
  ) rethrows {
    for index in networks.indices {
      let shape = networks[index].shape
      try networks[index].forEachParameter { name, dimensions, elements in
        try body("\(shape.input)x\(shape.output).\(name)", dimensions, &elements)
      }
    }
  }

  /// Every parameter, in the same order.
  package var parameters: [(name: String, shape: [Int], elements: [Float])] {
    networks.flatMap { network in
      network.parameters.map { parameter in
        (
          "\(network.shape.input)x\(network.shape.output).\(parameter.name)", parameter.shape,
          parameter.elements
        )
      }
    }
  }

  /// How many numbers all parameters have.
  package var count: Int { parameters.reduce(0) { $0 + $1.elements.count } }

  /// `self = self + addend`, of the same form.
  package mutating func add(_ addend: HypernetworkSet) {
    let addends = addend.parameters
    var next = 0
    forEachParameter { _, _, elements in
      let other = addends[next].elements
      for index in elements.indices { elements[index] += other[index] }
      next += 1
    }
  }

  /// The square root of the sum of all squares: a strided sum for each parameter, which are added in
  /// binary64 in their order.
  package func norm(_ compute: Compute) -> Double {
    parameters.reduce(0.0) { sum, parameter in
      sum + Double(compute.dot(parameter.elements, parameter.elements))
    }.squareRoot()
  }

  /// Scales all parameters so that their norm is at most `limit`, as PyTorch does: by
  /// `limit/(norm + 10⁻⁶)` where that is below 1.
  ///
  /// - Returns: the norm before.
  @discardableResult
  package mutating func clip(to limit: Double, compute: Compute) -> Double {
    let norm = norm(compute)
    let factor = limit / (norm + 1e-6)
    guard factor < 1 else { return norm }
    forEachParameter { _, _, elements in
      for index in elements.indices { elements[index] *= Float(factor) }
    }
    return norm
  }
}

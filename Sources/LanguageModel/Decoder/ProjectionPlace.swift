/// One of the seven weight matrices of a decoder layer, all of them editable.
package enum Projection: String, Sendable, CaseIterable {
  case query = "self_attn.q_proj"
  case key = "self_attn.k_proj"
  case value = "self_attn.v_proj"
  case attentionOutput = "self_attn.o_proj"
  case gate = "mlp.gate_proj"
  case up = "mlp.up_proj"
  case down = "mlp.down_proj"
}

/// The place of an editable matrix in a decoder.
package struct ProjectionPlace: Sendable, Hashable, Comparable {
  package let layer: Int
  package let projection: Projection

  package init(layer: Int, projection: Projection) {
    self.layer = layer
    self.projection = projection
  }

  /// The place that a weight's name tells (`model.layers.3.mlp.gate_proj.weight`), or `nil` where
  /// it is no such matrix.
  package init?(weightName: String) {
    guard weightName.hasPrefix(Self.prefix), weightName.hasSuffix(Self.suffix) else { return nil }
    let inner = weightName.dropFirst(Self.prefix.count).dropLast(Self.suffix.count)
    guard let dot = inner.firstIndex(of: "."), let layer = Int(inner[..<dot]), layer >= 0,
      let projection = Projection(rawValue: String(inner[inner.index(after: dot)...]))
    else { return nil }
    self.init(layer: layer, projection: projection)
  }

  /// The lowest layer that has one of these weights; 0 where none is such a matrix.
  package static func lowestLayer(of weightNames: [String]) -> Int {
    weightNames.compactMap { ProjectionPlace(weightName: $0)?.layer }.min() ?? 0
  }

  package var weightName: String {
    "\(Self.prefix)\(layer).\(projection.rawValue)\(Self.suffix)"
  }

  /// By layer, and within a layer in the order of ``Projection/allCases``.
  package static func < (a: ProjectionPlace, b: ProjectionPlace) -> Bool {
    (a.layer, a.order) < (b.layer, b.order)
  }

  private var order: Int { Projection.allCases.firstIndex(of: projection) ?? 0 }

  private static let prefix = "model.layers."
  private static let suffix = ".weight"
}

extension [ProjectionPlace] {
  /// The lowest layer of the places; 0 where there is none.
  package var lowestLayer: Int { map(\.layer).min() ?? 0 }
}

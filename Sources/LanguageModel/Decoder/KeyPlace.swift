/// What matrices of a layer read. Matrices with the same input have the same keys.
package enum ProjectionInput: String, Sendable, CaseIterable {
  /// The normalised residual stream before attention: query, key and value read it.
  case attention = "attention"
  /// What attention gives: its output matrix reads it.
  case attended = "attended"
  /// The normalised residual stream before the MLP: gate and up read it.
  case mlp = "mlp"
  /// The gated activation: down reads it.
  case activation = "activation"
}

extension Projection {
  /// What the matrix reads.
  package var input: ProjectionInput {
    switch self {
    case .query, .key, .value: .attention
    case .attentionOutput: .attended
    case .gate, .up: .mlp
    case .down: .activation
    }
  }
}

/// The place at which keys are read: a layer, and which of its inputs.
package struct KeyPlace: Sendable, Hashable, Comparable {
  package let layer: Int
  package let input: ProjectionInput

  package init(layer: Int, input: ProjectionInput) {
    self.layer = layer
    self.input = input
  }

  /// The place that a name tells (`3.mlp`), or `nil` where it tells none.
  package init?(name: String) {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, let layer = Int(parts[0]), layer >= 0, String(layer) == parts[0],
      let input = ProjectionInput(rawValue: String(parts[1]))
    else { return nil }
    self.init(layer: layer, input: input)
  }

  /// `<layer>.<input>`, as in `3.mlp`.
  package var name: String { "\(layer).\(input.rawValue)" }

  /// By layer, and within a layer in the order of ``ProjectionInput/allCases``.
  package static func < (a: KeyPlace, b: KeyPlace) -> Bool {
    (a.layer, a.order) < (b.layer, b.order)
  }

  private var order: Int { ProjectionInput.allCases.firstIndex(of: input) ?? 0 }
}

extension ProjectionPlace {
  /// Where the matrix reads its keys.
  package var keyPlace: KeyPlace { KeyPlace(layer: layer, input: projection.input) }
}

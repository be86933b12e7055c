/// How a commit's deltas were computed, exactly enough to compute them again.
package struct Recipe: Hashable, Sendable {
  /// The network that turned gradients into updates.
  package enum Hypernetwork: Hashable, Sendable {
    /// The untrained network, which passes its input through.
    case identity
    case trained(AttachmentID)
  }

  /// A setting of the method, with its value as the method spells it.
  package struct Parameter: Hashable, Sendable {
    package let name: String
    package let value: String

    package init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  /// The editor's name, a bare word such as `rledit`.
  package let method: String
  /// Raised whenever the engine's results may change in any bit.
  package let engineVersion: Int
  package let seed: UInt64
  /// `nil` for a method that has none.
  package let hypernetwork: Hypernetwork?
  /// In the order in which the method lists them; names are distinct.
  package let parameters: [Parameter]
  /// The weight tensors that the method may change, in the method's order.
  package let targetModules: [String]

  package init(
    method: String, engineVersion: Int, seed: UInt64, hypernetwork: Hypernetwork?,
    parameters: [Parameter], targetModules: [String]
  ) {
    self.method = method
    self.engineVersion = engineVersion
    self.seed = seed
    self.hypernetwork = hypernetwork
    self.parameters = parameters
    self.targetModules = targetModules
  }
}

extension CanonicalWriter {
  mutating func fields(_ recipe: Recipe) {
    field(
      "method", .token(recipe.method), .integer(recipe.engineVersion), .unsigned(recipe.seed))
    switch recipe.hypernetwork {
    case .identity?: field("hypernetwork", .token("identity"))
    case .trained(let id)?: field("hypernetwork", .token("trained"), .identifier(id))
    case nil: break
    }
    for parameter in recipe.parameters {
      field("parameter", .text(parameter.name), .text(parameter.value))
    }
    for module in recipe.targetModules { field("target", .text(module)) }
  }
}

extension CanonicalReader {
  mutating func recipe() throws -> Recipe? {
    guard
      let (method, version, seed) = try optionalField(
        "method", { (try $0.token(), try $0.count(), try $0.unsigned()) })
    else { return nil }
    let hypernetwork = try optionalField("hypernetwork") { values in
      switch try values.token() {
      case "identity": return Recipe.Hypernetwork.identity
      case "trained": return .trained(try values.identifier())
      default: throw values.malformed("an unknown kind of hypernetwork")
      }
    }
    return Recipe(
      method: method, engineVersion: version, seed: seed, hypernetwork: hypernetwork,
      parameters: try fields("parameter") {
        Recipe.Parameter(name: try $0.text(), value: try $0.text())
      },
      targetModules: try fields("target") { try $0.text() })
  }
}

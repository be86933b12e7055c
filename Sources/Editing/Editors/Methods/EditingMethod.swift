package import LanguageModel
package import ObjectModel

/// A method by which edits can be made: what it is called, what can be set about it, and how an editor
/// is made from a recipe of it. A new method is a description of this kind and a line in
/// ``EditorCatalogue/methods``.
package struct EditingMethod: Sendable {
  /// What a recipe of the method says of a hypernetwork.
  package enum HypernetworkUse: Sendable {
    /// Nothing: it has none.
    case none
    /// A trained one or the untrained one.
    case optional
    /// A trained one.
    case required
  }

  /// The word in recipes and behind `--method`.
  package let name: String
  /// What it does, in a sentence.
  package let summary: String
  /// Raised whenever a change of the code can change a bit of what the method makes.
  package let engineVersion: Int
  package let hypernetwork: HypernetworkUse
  /// Whether its hypernetwork is trained on single batches, each edited into the unedited model, and not on
  /// sequences of them.
  package let trainsOnSingleBatches: Bool
  /// Whether an editor needs a key covariance (``EditorCatalogue/Materials/covariance``).
  package let needsCovariance: Bool
  /// In the order in which recipes list them.
  package let settings: [MethodSetting]
  /// The matrices that serve a model nothing is known of.
  package let standardPlaces: @Sendable (DecoderShape) -> [ProjectionPlace]
  /// Makes an editor from a recipe of this method and version.
  package let makeEditor:
    @Sendable (Recipe, EditorCatalogue.Materials, Decoder) throws -> any Editor

  package init(
    name: String, summary: String, engineVersion: Int, hypernetwork: HypernetworkUse = .none,
    trainsOnSingleBatches: Bool = false, needsCovariance: Bool = false, settings: [MethodSetting],
    standardPlaces: @escaping @Sendable (DecoderShape) -> [ProjectionPlace],
    makeEditor:
      @escaping @Sendable (Recipe, EditorCatalogue.Materials, Decoder) throws -> any Editor
  ) {
    self.name = name
    self.summary = summary
    self.engineVersion = engineVersion
    self.hypernetwork = hypernetwork
    self.trainsOnSingleBatches = trainsOnSingleBatches
    self.needsCovariance = needsCovariance
    self.settings = settings
    self.standardPlaces = standardPlaces
    self.makeEditor = makeEditor
  }

  /// The setting of a name.
  ///
  /// - Throws: ``EditingError/unknownSetting(name:method:known:)``.
  package func setting(named name: String) throws -> MethodSetting {
    guard let setting = settings.first(where: { $0.name == name }) else {
      throw EditingError.unknownSetting(
        name: name, method: self.name, known: settings.map(\.name))
    }
    return setting
  }

  /// The recipe with given values, the others standing at their standards.
  ///
  /// - Parameters:
  ///   - values: names and texts; of several of one name the last holds.
  ///   - trained: the hypernetwork to edit with.
  /// - Throws: ``EditingError/unknownSetting(name:method:known:)`` and
  ///   ``EditingError/outOfRange(name:value:range:)``.
  package func recipe(
    values: [(name: String, value: String)] = [], places: [ProjectionPlace],
    trained: AttachmentID? = nil
  ) throws -> Recipe {
    var chosen: [String: String] = [:]
    for (name, value) in values {
      chosen[name] = try setting(named: name).canonical(value)
    }
    return Recipe(
      method: name, engineVersion: engineVersion, seed: 0,
      hypernetwork: trained.map { .trained($0) } ?? (hypernetwork == .none ? nil : .identity),
      parameters: settings.map {
        Recipe.Parameter(name: $0.name, value: chosen[$0.name] ?? $0.standard)
      },
      targetModules: places.map(\.weightName))
  }

  /// What the settings stand at in a recipe of the method or one that it was trained by: what the recipe lists,
  /// and what it means by not listing a setting that came after it.
  package func values(in recipe: Recipe) -> [(name: String, value: String)] {
    settings.compactMap { setting in
      setting.value(in: recipe).map { (name: setting.name, value: $0) }
    }
  }

  /// Refuses recipes that this engine would make something else from.
  ///
  /// - Throws: ``EditingError/otherEngine(recorded:present:)``,
  ///   ``EditingError/noHypernetwork(method:)`` and ``EditingError/badParameter(name:value:)``.
  func check(_ recipe: Recipe, isTraining: Bool = false) throws {
    guard recipe.engineVersion == engineVersion else {
      throw EditingError.otherEngine(recorded: recipe.engineVersion, present: engineVersion)
    }
    switch (recipe.hypernetwork, hypernetwork) {
    case (nil, .none), (.identity?, .optional), (.trained?, .optional), (.trained?, .required):
      break
    // What is trained begins with an untrained one.
    case (.identity?, .required) where isTraining: break
    case (.identity?, .required): throw EditingError.noHypernetwork(method: name)
    case (.trained?, .none), (.identity?, .none):
      throw EditingError.badParameter(name: "hypernetwork", value: "a trained one")
    case (nil, .optional), (nil, .required):
      throw EditingError.badParameter(name: "hypernetwork", value: "none")
    }
    guard recipe.seed == 0 else {
      throw EditingError.badParameter(name: "seed", value: "\(recipe.seed)")
    }
  }
}

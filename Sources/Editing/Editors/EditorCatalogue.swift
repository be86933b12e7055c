package import LanguageModel
package import ObjectModel

/// The methods by name: makes an editor from what a commit records, so that a delta can be made again.
package enum EditorCatalogue {
  /// What an editor can be made with beside its settings.
  package struct Materials: Sendable {
    /// Prompts whose keys an edit should leave as they are, in tokens.
    package var preservedPrompts: [[Int]]
    /// Second moments of the model's keys over general text.
    package var covariance: CovarianceSource?
    /// The hypernetwork to edit with.
    package var trained: RLEdit.Trained?
    /// Text to tokens, for methods that bring text of their own.
    package var encoding: TextEncoding?

    package init(
      preservedPrompts: [[Int]] = [], covariance: CovarianceSource? = nil,
      trained: RLEdit.Trained? = nil, encoding: TextEncoding? = nil
    ) {
      self.preservedPrompts = preservedPrompts
      self.covariance = covariance
      self.trained = trained
      self.encoding = encoding
    }
  }

  /// The methods that can be made, the standard one first.
  package static let methods: [EditingMethod] = [
    RLEdit.description,
    RLEdit.recursiveDescription,
    RLEdit.lifelongDescription,
    RLEdit.ultraEditDescription,
    RLEdit.malmenDescription,
    RLEdit.mendDescription,
    FineTuning.description,
    FineTuning.constrainedDescription,
    MEMIT.description,
    AlphaEdit.description,
  ]

  /// The method of a name.
  ///
  /// - Throws: ``EditingError/unknownMethod(_:)``.
  package static func method(named name: String) throws -> EditingMethod {
    guard let method = methods.first(where: { $0.name == name }) else {
      throw EditingError.unknownMethod(name)
    }
    return method
  }

  /// The recipe of a method with the settings that serve a model nothing is known of.
  ///
  /// - Throws: ``EditingError/unknownMethod(_:)``.
  package static func standardRecipe(method name: String, for shape: DecoderShape) throws -> Recipe
  {
    let method = try method(named: name)
    return try method.recipe(places: method.standardPlaces(shape))
  }

  /// The editor that a recipe describes.
  ///
  /// - Parameters:
  ///   - base: the model as it was imported; preserved keys are read off it.
  ///   - isTraining: whether the editor is made to train its hypernetwork.
  /// - Throws: ``EditingError/unknownMethod(_:)``, ``EditingError/otherEngine(recorded:present:)``,
  ///   ``EditingError/noHypernetwork(method:)``,
  ///   ``EditingError/badParameter(name:value:)``, ``EditingError/outOfRange(name:value:range:)``,
  ///   ``EditingError/unknownModule(_:)``, ``EditingError/noCovariance(method:)`` and the errors of
  ///   the model.
  package static func editor(
    for recipe: Recipe, materials: Materials, base: Decoder, isTraining: Bool = false
  ) throws -> any Editor {
    let method = try method(named: recipe.method)
    try method.check(recipe, isTraining: isTraining)
    return try method.makeEditor(recipe, materials, base)
  }
}

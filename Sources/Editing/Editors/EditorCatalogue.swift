package import LanguageModel
package import ObjectModel

/// The methods by name: makes an editor from what a commit records, so that a delta can be made again.
package enum EditorCatalogue {
  /// What an editor can be made with beside its hyperparameters.
  package struct Materials: Sendable {
    /// Prompts whose keys an edit should leave as they are, in tokens.
    package var preservedPrompts: [[Int]]

    package init(preservedPrompts: [[Int]] = []) {
      self.preservedPrompts = preservedPrompts
    }
  }

  /// The methods that can be made.
  package static let methods = [RLEdit.method]

  /// The recipe of a method with the hyperparameters that serve a model nothing is known of.
  ///
  /// - Throws: ``EditingError/unknownMethod(_:)``.
  package static func standardRecipe(method: String, for shape: DecoderShape) throws -> Recipe {
    switch method {
    case RLEdit.method: RLEdit.recipe(.standard(for: shape))
    default: throw EditingError.unknownMethod(method)
    }
  }

  /// The editor that a recipe describes.
  ///
  /// - Parameter base: the model as it was imported; preserved keys are read off it.
  /// - Throws: ``EditingError/unknownMethod(_:)``, ``EditingError/otherEngine(recorded:present:)``,
  ///   ``EditingError/badParameter(name:value:)``, ``EditingError/unknownModule(_:)`` and the errors
  ///   of the model.
  package static func editor(
    for recipe: Recipe, materials: Materials, base: Decoder
  ) throws -> any Editor {
    switch recipe.method {
    case RLEdit.method:
      guard recipe.engineVersion == RLEdit.engineVersion else {
        throw EditingError.otherEngine(
          recorded: recipe.engineVersion, present: RLEdit.engineVersion)
      }
      // A recipe that names what this engine has not must not be made with something else.
      guard recipe.hypernetwork == .identity else {
        throw EditingError.badParameter(name: "hypernetwork", value: "a trained one")
      }
      guard recipe.seed == 0 else {
        throw EditingError.badParameter(name: "seed", value: "\(recipe.seed)")
      }
      return try RLEdit(
        parameters: RLEditParameters(recipe: recipe), preserving: materials.preservedPrompts,
        base: base)
    default: throw EditingError.unknownMethod(recipe.method)
    }
  }
}

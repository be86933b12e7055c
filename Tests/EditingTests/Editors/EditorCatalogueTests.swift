import Editing
import LanguageModel
import ObjectModel
import Tensors
import TestSupport
import Testing

@Suite struct EditorCatalogueTests {
  /// One that fills the space for MEMIT, and one that leaves some of it for AlphaEdit.
  private static func covariance(for name: String, _ setting: EditorSetting) throws -> KeyCovariance
  {
    try setting.covariance(tokens: name == AlphaEdit.description.name ? 40 : 600)
  }

  /// Those that edit without a trained hypernetwork.
  private static let untrained = EditorCatalogue.methods.filter { $0.hypernetwork != .required }
    .map(\.name)

  @Test(arguments: EditorCatalogue.methods.filter { $0.hypernetwork == .required }.map(\.name))
  func methodsThatNeedATrainedHypernetworkSaySo(_ name: String) throws {
    let setting = try EditorSetting()
    let recipe = try EditorCatalogue.standardRecipe(method: name, for: setting.decoder.shape)
    #expect(throws: EditingError.noHypernetwork(method: name)) {
      try EditorCatalogue.editor(for: recipe, materials: .init(), base: setting.decoder)
    }
  }

  @Test func theNamesOfMethodsAndOfTheirSettingsAreDistinct() {
    let methods = EditorCatalogue.methods
    #expect(Set(methods.map(\.name)).count == methods.count)
    #expect(methods.first?.name == "rledit")
    for method in methods {
      #expect(Set(method.settings.map(\.name)).count == method.settings.count)
    }
  }

  @Test(arguments: untrained)
  func aRecipeMakesTheSameEditorAgain(_ name: String) throws {
    let setting = try EditorSetting()
    let method = try EditorCatalogue.method(named: name)
    let recipe = try EditorCatalogue.standardRecipe(method: name, for: setting.decoder.shape)
    #expect(recipe.parameters.map(\.name) == method.settings.map(\.name))
    #expect(!recipe.targetModules.isEmpty)
    let editor = try EditorCatalogue.editor(
      for: recipe,
      materials: .init(
        covariance: CovarianceSource(Self.covariance(for: name, setting))),
      base: setting.decoder)
    #expect(editor.recipe == recipe)
    // A standard value is spelt as recipes spell it.
    for setting in method.settings {
      #expect(try setting.canonical(setting.standard) == setting.standard)
    }
  }

  @Test(arguments: untrained)
  func recipesOfOtherEnginesAndForeignRecipesAreRefused(_ name: String) throws {
    let setting = try EditorSetting()
    let good = try EditorCatalogue.standardRecipe(method: name, for: setting.decoder.shape)
    let materials = EditorCatalogue.Materials(
      covariance: CovarianceSource(try Self.covariance(for: name, setting)))
    func refusal(
      engineVersion: Int? = nil, seed: UInt64 = 0, parameters: [Recipe.Parameter]? = nil,
      targetModules: [String]? = nil
    ) throws -> EditingError? {
      let recipe = Recipe(
        method: name, engineVersion: engineVersion ?? good.engineVersion, seed: seed,
        hypernetwork: good.hypernetwork, parameters: parameters ?? good.parameters,
        targetModules: targetModules ?? good.targetModules)
      return #expect(throws: EditingError.self) {
        try EditorCatalogue.editor(for: recipe, materials: materials, base: setting.decoder)
      }
    }
    #expect(
      try refusal(engineVersion: 99)
        == .otherEngine(recorded: 99, present: good.engineVersion))
    #expect(try refusal(seed: 1) == .badParameter(name: "seed", value: "1"))
    let last = try #require(good.parameters.last?.name)
    #expect(
      try refusal(parameters: good.parameters.dropLast())
        == .badParameter(name: last, value: nil))
    let module = "model.layers.7.mlp.down_proj.weight"
    #expect(try refusal(targetModules: [module]) == .unknownModule(module))
    #expect(try refusal(targetModules: []) == .badParameter(name: "modules", value: nil))
    #expect(
      try refusal(targetModules: good.targetModules + good.targetModules)
        == .badParameter(name: "modules", value: "a matrix is named twice"))
  }

  @Test func settingsOutOfTheirRangeAndUnknownOnesAreRefused() throws {
    let method = FineTuning.constrainedDescription
    let places = EditorSetting.down([1])
    let recipe = try method.recipe(
      values: [("steps", "3"), ("steps", "7"), ("optimizer", "Gradient"), ("radius", "1e-3")],
      places: places)
    #expect(recipe.parameters.first { $0.name == "steps" }?.value == "7")
    #expect(recipe.parameters.first { $0.name == "optimizer" }?.value == "gradient")
    #expect(recipe.parameters.first { $0.name == "radius" }?.value == "0.001")
    for (name, value, range) in [
      ("steps", "0", "a whole number 1 … 1000"), ("steps", "1.5", "a whole number 1 … 1000"),
      ("learning-rate", "0", "a number > 0"), ("learning-rate", "nan", "a number > 0"),
      ("learning-rate", "inf", "a number > 0"), ("target-loss", "-1", "a number ≥ 0"),
      ("optimizer", "sgd", "adam, gradient"), ("factor-type", "Q8_0", "F32, BF16, F16"),
    ] {
      #expect(throws: EditingError.outOfRange(name: name, value: value, range: range)) {
        try method.recipe(values: [(name, value)], places: places)
      }
    }
    #expect(
      throws: EditingError.unknownSetting(
        name: "step", method: method.name, known: method.settings.map(\.name))
    ) {
      try method.recipe(values: [("step", "1")], places: places)
    }
  }

  @Test(arguments: [MEMIT.description.name, AlphaEdit.description.name])
  func locateAndEditMethodsTakeDownProjectionsAndACovariance(_ name: String) throws {
    let setting = try EditorSetting()
    let method = try EditorCatalogue.method(named: name)
    let covariance = try Self.covariance(for: name, setting)
    for places in [
      [ProjectionPlace(layer: 0, projection: .gate)], EditorSetting.down([1, 0]),
    ] {
      #expect(
        throws: EditingError.unsuitableModules(
          method: name, wanted: "down projections in ascending order")
      ) {
        try setting.editor(method, places: places, covariance: covariance)
      }
    }
    #expect(throws: EditingError.noCovariance(method: name)) {
      try setting.editor(method, places: EditorSetting.down([0]))
    }
  }
}

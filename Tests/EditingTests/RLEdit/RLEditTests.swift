import Editing
import LanguageModel
import ModelFiles
import ModelStore
import ObjectModel
import Tensors
import TestSupport
import Testing

/// Whole batches on a tiny model.
@Suite struct RLEditTests {
  static let batch = [
    TokenizedEdit(prompt: [3, 77, 140, 9], target: [21]),
    TokenizedEdit(prompt: [201, 4, 4, 61, 30], target: [8, 250]),
    TokenizedEdit(prompt: [88, 15], target: [131]),
  ]

  static func parameters(_ factorType: ElementType = .bfloat16) -> RLEditParameters {
    var parameters = RLEditParameters(
      places: [1, 2].flatMap { layer in
        [.gate, .up, .down].map { ProjectionPlace(layer: layer, projection: $0) }
      })
    parameters.stepSize = 2e-3
    parameters.innerSteps = 4
    parameters.preserveWeight = 1
    parameters.factorType = factorType
    return parameters
  }

  struct Setting {
    let base: FileWeights
    let decoder: Decoder
    let compute: Compute

    init(_ instructionSet: InstructionSet = .fastest, threads: Int = 2) throws {
      let directory = Golden.path("archs/llama")
      compute = try Compute(instructionSet: instructionSet, threads: threads)
      base = try FileWeights(path: directory)
      decoder = try Decoder(
        shape: DecoderShape(ModelConfiguration(contentsOf: "\(directory)/config.json")),
        weights: base, compute: compute)
    }

    func edit(
      _ parameters: RLEditParameters, preserving: [[Int]] = []
    ) throws -> EditOutcome {
      try RLEdit(parameters: parameters, preserving: preserving, base: decoder).edit(
        RLEditTests.batch, decoder: decoder,
        weights: EditedWeights(base: base, compute: compute), state: EditingState())
    }
  }

  private func bytes(_ outcome: EditOutcome) -> [[UInt8]] {
    outcome.updates.flatMap { [$0.u.bytes, $0.v.bytes] }
  }

  @Test func editingLowersTheLossOfTheTargets() throws {
    let outcome = try Setting().edit(Self.parameters())
    #expect(outcome.lossAfter < outcome.lossBefore / 2)
    #expect(outcome.steps > 0 && outcome.steps <= 4)
    #expect(outcome.updates.map(\.tensor) == Self.parameters().places.map(\.weightName))
  }

  @Test(arguments: [ElementType.bfloat16, .float16, .float32])
  func whatIsReportedIsTheModelWithTheStoredDeltaApplied(factorType: ElementType) throws {
    let setting = try Setting()
    let outcome = try setting.edit(Self.parameters(factorType))
    var weights = EditedWeights(base: setting.base, compute: setting.compute)
    for update in outcome.updates {
      #expect(update.u.elementType == factorType && update.v.elementType == factorType)
      try weights.apply(update)
    }
    let labelled = LabelledBatch(answers: Self.batch.map { ($0.prompt, $0.target) })
    let scored = try setting.decoder.over(weights).score(labelled)
    #expect(scored.meanLoss == outcome.lossAfter)
    for name in outcome.weights.editedNames {
      let (applied, reached) = (
        try #require(weights.editedBuffer(named: name)),
        try #require(outcome.weights.editedBuffer(named: name))
      )
      #expect(applied.elements.elementsEqual(reached.elements))
    }
  }

  @Test func theDeltaHasTheSameBitsOnEveryInstructionSetAndThreadCount() throws {
    let preserved = [[5, 6, 7], [200], [41, 3, 3, 90]]
    let reference = bytes(
      try Setting(.scalar, threads: 1).edit(Self.parameters(), preserving: preserved))
    for instructionSet in InstructionSet.available {
      for threads in [1, 2, 3] {
        let outcome = try Setting(instructionSet, threads: threads).edit(
          Self.parameters(), preserving: preserved)
        #expect(bytes(outcome) == reference)
      }
    }
  }

  @Test func preservedPromptsChangeLessThanWithoutPreserving() throws {
    let setting = try Setting()
    let prompts = [[5, 6, 7], [200, 31], [41, 3, 3, 90]]
    func drift(_ outcome: EditOutcome) throws -> Float {
      let batch = TokenBatch(prompts)
      let ends = zip(batch.starts, batch.lengths).map { $0 + $1 - 1 }
      let before = try setting.decoder.logits(
        of: setting.decoder.forward(batch).hidden, rows: ends)
      let edited = setting.decoder.over(outcome.weights)
      let after = try edited.logits(of: edited.forward(batch).hidden, rows: ends)
      return Closeness(after.elements, before.elements).absoluteError
    }
    let parameters = Self.parameters(.float32)
    let free = try drift(setting.edit(parameters))
    let preserving = try drift(setting.edit(parameters, preserving: prompts))
    #expect(preserving < free / 2, "\(preserving) against \(free)")
  }

  @Test func aRecipeMakesTheSameEditorAgain() throws {
    let setting = try Setting()
    let editor = try RLEdit(parameters: Self.parameters(), base: setting.decoder)
    let again = try EditorCatalogue.editor(
      for: editor.recipe, materials: .init(), base: setting.decoder)
    #expect(again.recipe == editor.recipe)
    #expect(
      try RLEditParameters(
        MethodValues(editor.recipe, of: RLEdit.description, for: setting.decoder.shape))
        == Self.parameters())
  }

  @Test func badRecipesAreRefused() throws {
    let setting = try Setting()
    let good = RLEdit.recipe(Self.parameters())
    func refusal(
      method: String = RLEdit.method, engineVersion: Int = RLEdit.engineVersion,
      seed: UInt64 = 0, hypernetwork: Recipe.Hypernetwork? = .identity,
      parameters: [Recipe.Parameter]? = nil, targetModules: [String]? = nil
    ) throws -> EditingError? {
      let recipe = Recipe(
        method: method, engineVersion: engineVersion, seed: seed, hypernetwork: hypernetwork,
        parameters: parameters ?? good.parameters,
        targetModules: targetModules ?? good.targetModules)
      return #expect(throws: EditingError.self) {
        try EditorCatalogue.editor(for: recipe, materials: .init(), base: setting.decoder)
      }
    }
    #expect(try refusal(method: "guess") == .unknownMethod("guess"))
    #expect(
      try refusal(engineVersion: 99)
        == .otherEngine(recorded: 99, present: RLEdit.engineVersion))
    #expect(
      try refusal(parameters: good.parameters.filter { $0.name != "step-size" })
        == .badParameter(name: "step-size", value: nil))
    #expect(
      try refusal(targetModules: ["model.layers.9.mlp.up_proj.weight"])
        == .unknownModule("model.layers.9.mlp.up_proj.weight"))
    #expect(try refusal(seed: 3) == .badParameter(name: "seed", value: "3"))
    #expect(
      try refusal(hypernetwork: nil)
        == .badParameter(name: "hypernetwork", value: "none"))
    #expect(try refusal(targetModules: ["lm_head.weight"]) == .unknownModule("lm_head.weight"))
  }

  @Test func aSingleRowIsEditedWithoutStatistics() throws {
    let setting = try Setting()
    var parameters = Self.parameters()
    parameters.stepSize = 1e-3
    let outcome = try RLEdit(parameters: parameters, base: setting.decoder).edit(
      [Self.batch[0]], decoder: setting.decoder,
      weights: EditedWeights(base: setting.base, compute: setting.compute), state: EditingState())
    #expect(outcome.lossAfter < outcome.lossBefore - 0.01)
  }

  @Test func anEditThatBreaksTheModelIsRefused() throws {
    let setting = try Setting()
    var parameters = Self.parameters(.float32)
    parameters.stepSize = 1e25
    #expect(throws: EditingError.self) { try setting.edit(parameters) }
  }

  @Test func aBatchOfTooManyTargetTokensIsRefused() throws {
    let setting = try Setting()
    let editor = try RLEdit(parameters: Self.parameters(), base: setting.decoder)
    let batch = (0..<RLEdit.rowLimit).map { _ in TokenizedEdit(prompt: [1], target: [2, 3]) }
    #expect(
      throws: EditingError.batchTooLarge(
        targetTokens: 2 * RLEdit.rowLimit, limit: RLEdit.rowLimit)
    ) {
      try editor.edit(
        batch, decoder: setting.decoder,
        weights: EditedWeights(base: setting.base, compute: setting.compute), state: EditingState())
    }
  }

  /// Where subjects are edited, one row of each sequence, many more rows may be scored.
  @Test func aBatchOfTooManyTargetTokensIsRefusedAtSubjectsToo() throws {
    let setting = try Setting()
    var parameters = Self.parameters()
    parameters.rows = .subject
    let editor = try RLEdit(parameters: parameters, base: setting.decoder)
    let target = [Int](repeating: 2, count: RLEdit.scoredRowLimit / 512 + 1)
    let batch = (0..<512).map { _ in TokenizedEdit(prompt: [1], target: target) }
    #expect(
      throws: EditingError.batchTooLarge(
        targetTokens: RLEdit.scoredRowLimit + 512, limit: RLEdit.scoredRowLimit)
    ) {
      try editor.edit(
        batch, decoder: setting.decoder,
        weights: EditedWeights(base: setting.base, compute: setting.compute), state: EditingState())
    }
  }

  @Test func anEmptyBatchIsRefused() throws {
    let setting = try Setting()
    let editor = try RLEdit(parameters: Self.parameters(), base: setting.decoder)
    #expect(throws: EditingError.emptyBatch) {
      try editor.edit(
        [], decoder: setting.decoder,
        weights: EditedWeights(base: setting.base, compute: setting.compute), state: EditingState())
    }
  }
}

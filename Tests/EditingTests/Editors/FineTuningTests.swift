import Editing
import LanguageModel
import ModelStore
import Tensors
import TestSupport
import Testing

@Suite struct FineTuningTests {
  private static let places = [
    ProjectionPlace(layer: 0, projection: .gate), ProjectionPlace(layer: 1, projection: .down),
    ProjectionPlace(layer: 2, projection: .query),
  ]
  private static let settings = ["learning-rate": "0.01", "steps": "6", "rank": "30"]

  @Test(
    arguments: [FineTuning.description, FineTuning.constrainedDescription].map(\.name),
    ["adam", "gradient"])
  func fineTuningLowersTheLossOfTheTargets(_ method: String, _ optimizer: String) throws {
    let setting = try EditorSetting()
    var settings = Self.settings
    settings["optimizer"] = optimizer
    if optimizer == "gradient" { settings["learning-rate"] = "0.1" }
    if method.hasSuffix("constrained") { settings["radius"] = "0.02" }
    let outcome = try setting.edit(
      setting.editor(
        EditorCatalogue.method(named: method), settings, places: Self.places))
    #expect(outcome.lossAfter < outcome.lossBefore - 0.5, "\(outcome.lossAfter)")
    #expect(outcome.steps == 6)
    #expect(outcome.updates.map(\.tensor) == Self.places.map(\.weightName))
    try expectStoredDeltaIsTheEdit(outcome, setting)
  }

  @Test func theDeltaHasTheSameBitsOnEveryInstructionSetAndThreadCount() throws {
    func bytes(_ setting: EditorSetting, _ optimizer: String) throws -> [[UInt8]] {
      try setting.edit(
        setting.editor(
          FineTuning.description, Self.settings.merging(["optimizer": optimizer]) { $1 },
          places: Self.places)
      ).factorBytes
    }
    for optimizer in ["adam", "gradient"] {
      let reference = try bytes(EditorSetting(.scalar, threads: 1), optimizer)
      #expect(!reference.isEmpty)
      for instructionSet in InstructionSet.available {
        #expect(try bytes(EditorSetting(instructionSet, threads: 3), optimizer) == reference)
      }
    }
  }

  @Test func aPlainGradientStepIsTheDenseWeightGradient() throws {
    let setting = try EditorSetting()
    let outcome = try setting.edit(
      setting.editor(
        FineTuning.description,
        [
          "optimizer": "gradient", "learning-rate": "0.25", "steps": "1", "factor-type": "f32",
        ], places: Self.places))
    let labelled = LabelledBatch(answers: EditorSetting.batch.map { ($0.prompt, $0.target) })
    let scored = try setting.decoder.score(labelled, recordingFrom: 0)
    let signals = try setting.decoder.signals(of: scored, at: Self.places, rows: .all)
    for (place, update) in zip(Self.places, outcome.updates) {
      let signal = try #require(signals[place])
      #expect(update.rank == labelled.batch.tokens.count)
      let gradient = transposedProduct(
        DoubleMatrix(signal.outputGradients), DoubleMatrix(signal.keys))
      let closeness = Closeness(
        try setting.change(update).rounded.elements, gradient.elements.map { Float(-0.25 * $0) })
      #expect(closeness.relativeError < 1e-6, "\(closeness)")
    }
  }

  @Test(arguments: ["0.0003", "0.004"], ["F32", "BF16"])
  func noWeightMovesFurtherThanTheRadius(_ radius: String, _ type: String) throws {
    let setting = try EditorSetting()
    for rank in ["2", "90"] {
      let outcome = try setting.edit(
        setting.editor(
          FineTuning.constrainedDescription,
          Self.settings.merging(["radius": radius, "factor-type": type, "rank": rank]) { $1 },
          places: Self.places))
      let limit = try #require(Float(radius))
      for place in Self.places {
        let old = setting.compute.widened(try setting.base.weight(named: place.weightName))
        let new = setting.compute.widened(try outcome.weights.weight(named: place.weightName))
        let moved = zip(new.elements, old.elements).map { abs($0 - $1) }.max() ?? 0
        #expect(moved <= limit && moved > limit / 2, "\(moved)")
      }
    }
  }

  @Test func factsThatTheModelKnowsLeaveNoDelta() throws {
    let setting = try EditorSetting()
    let prompt = EditorSetting.batch[0].prompt
    let known = try setting.decoder.generate(after: prompt, limit: 1)
    let outcome = try setting.editor(
      FineTuning.description, ["target-loss": "100"], places: Self.places
    ).edit(
      [TokenizedEdit(prompt: prompt, target: known)], decoder: setting.decoder,
      weights: setting.weights, state: EditingState())
    #expect(outcome.updates.isEmpty && outcome.steps == 0)
    #expect(outcome.lossAfter == outcome.lossBefore)
  }

  @Test func stepsThatBreakTheModelAreRefused() throws {
    let setting = try EditorSetting()
    #expect(throws: (any Error).self) {
      try setting.edit(
        setting.editor(
          FineTuning.description, ["learning-rate": "1e38"], places: Self.places))
    }
  }
}

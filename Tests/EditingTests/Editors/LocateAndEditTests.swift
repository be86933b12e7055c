import Editing
import LanguageModel
import ModelStore
import ObjectModel
import Tensors
import TestSupport
import Testing

/// MEMIT and AlphaEdit on the tiny model.
@Suite struct LocateAndEditTests {
  private static let settings = [
    "learning-rate": "0.2", "steps": "20", "norm-limit": "4", "decay": "0.01",
  ]
  private static let layers = EditorSetting.down([0, 1])

  private static func settings(of method: String, _ more: [String: String] = [:]) -> [String:
    String]
  {
    let own =
      method == "memit"
      ? ["covariance-weight": "0.1"]
      : ["null-space-threshold": "1e-3", "ridge": "0.01"]
    return settings.merging(own) { $1 }.merging(more) { $1 }
  }

  private func editor(
    _ setting: EditorSetting, _ name: String, _ more: [String: String] = [:],
    places: [ProjectionPlace] = layers
  ) throws -> any Editor {
    try setting.editor(
      EditorCatalogue.method(named: name), Self.settings(of: name, more), places: places,
      covariance: setting.covariance(tokens: name == "memit" ? 600 : 60))
  }

  @Test(arguments: ["memit", "alphaedit"])
  func editingLowersTheLossOfTheTargets(_ method: String) throws {
    let setting = try EditorSetting()
    let outcome = try setting.edit(editor(setting, method))
    #expect(
      outcome.lossAfter < outcome.lossBefore - 1, "\(outcome.lossBefore) \(outcome.lossAfter)")
    #expect(outcome.updates.map(\.tensor) == Self.layers.map(\.weightName))
    #expect(outcome.updates.allSatisfy { $0.rank == EditorSetting.batch.count })
    try expectStoredDeltaIsTheEdit(outcome, setting)
  }

  @Test(arguments: ["memit", "alphaedit"])
  func theDeltaHasTheSameBitsOnEveryInstructionSetAndThreadCount(_ method: String) throws {
    func run(_ setting: EditorSetting) throws -> [[UInt8]] {
      let editor = try editor(setting, method, ["factor-type": "bf16", "contexts": "1"])
      let first = try setting.edit(editor)
      var state = EditingState()
      state.merge(first.contribution)
      let second = try editor.edit(
        [EditorSetting.batch[1]], decoder: setting.decoder, weights: first.weights, state: state)
      return first.factorBytes + second.factorBytes
    }
    let reference = try run(EditorSetting(.scalar, threads: 1))
    for instructionSet in InstructionSet.available {
      #expect(try run(EditorSetting(instructionSet, threads: 3)) == reference)
    }
  }

  /// The keys at the subjects' last tokens of the unedited model.
  private func keys(_ setting: EditorSetting, layer: Int) throws -> DoubleMatrix {
    DoubleMatrix(
      try setting.decoder.readings(
        of: EditorSetting.batch.map {
          ($0.prompt, ($0.subject?.upperBound ?? $0.prompt.count) - 1)
        }, at: KeyPlace(layer: layer, input: .activation), after: layer
      ).keys)
  }

  /// What `KeyedUpdate` was asked for, from the factors: `R = (I + K·Vᵀ)·Uᵀ`.
  private func residuals(_ update: LowRankUpdate, _ keys: DoubleMatrix, _ setting: EditorSetting)
    throws -> DoubleMatrix
  {
    let u = DoubleMatrix(setting.compute.widened(try update.u.view()))
    let v = DoubleMatrix(setting.compute.widened(try update.v.view()))
    var system = setting.compute.product(keys, v.transposed)
    for index in 0..<system.rows { system[index, index] += 1 }
    return setting.compute.product(system, u.transposed)
  }

  @Test func memitsUpdateIsTheClosedFormOfADenseSolver() throws {
    let setting = try EditorSetting()
    let outcome = try setting.edit(editor(setting, "memit", places: EditorSetting.down([1])))
    let keys = try keys(setting, layer: 1)
    let residuals = try residuals(outcome.updates[0], keys, setting)
    let covariance = try setting.covariance(tokens: 600).moments(
      at: KeyPlace(layer: 1, input: .activation), size: 90)
    // (w·C + KᵀK)·ΔWᵀ = KᵀR
    var system = transposedProduct(keys, keys)
    for index in system.elements.indices {
      system.elements[index] += 0.1 * covariance.sum.elements[index] / 600
    }
    let expected = eliminate(system, transposedProduct(keys, residuals)).transposed
    let closeness = Closeness(
      try setting.change(outcome.updates[0]).rounded.elements, expected.rounded.elements)
    #expect(closeness.relativeError < 1e-4, "\(closeness)")
    try expectTargetVectors(residuals, above: 1, setting)
  }

  /// Added to the stream at the subjects' last tokens, the residuals of a single layer are the target
  /// vectors: they make the model give the targets.
  private func expectTargetVectors(
    _ residuals: DoubleMatrix, above layer: Int, _ setting: EditorSetting
  ) throws {
    let labelled = LabelledBatch(answers: EditorSetting.batch.map { ($0.prompt, $0.target) })
    let stream = try setting.decoder.residualStream(labelled.batch, reaching: layer + 1)
    let rows = zip(labelled.batch.starts, EditorSetting.batch).map {
      $0 + ($1.subject?.upperBound ?? $1.prompt.count) - 1
    }
    let shifted = ResidualShift(rows: rows, vectors: residuals.rounded).applied(to: stream)
    let before = try setting.decoder.score(labelled).meanLoss
    let after = try setting.decoder.score(labelled, from: layer + 1, input: shifted).meanLoss
    #expect(after < before - 2, "\(before) \(after)")
    // And none is longer than the limit allows.
    let own = try setting.decoder.readings(
      of: EditorSetting.batch.map {
        ($0.prompt, ($0.subject?.upperBound ?? $0.prompt.count) - 1)
      }, at: KeyPlace(layer: layer, input: .activation), after: layer
    ).stream
    for row in 0..<own.rows {
      func length(_ numbers: [Double]) -> Double {
        numbers.reduce(0) { $0 + $1 * $1 }.squareRoot()
      }
      let shift = length((0..<own.columns).map { residuals[row, $0] })
      #expect(shift <= 4.001 * length(own.row(row).map(Double.init)))
    }
  }

  @Test func alphaEditsUpdateSolvesThePublishedEquation() throws {
    let setting = try EditorSetting()
    let place = KeyPlace(layer: 1, input: .activation)
    let editor = try editor(setting, "alphaedit", places: EditorSetting.down([1]))
    var generator = SeededGenerator(seed: 71)
    let earlier = Matrix(rows: 5, columns: 90, elements: generator.normals(450, deviation: 0.1))
    var state = EditingState()
    try state.memory.merge(
      EditMemory([place: StoredFactor(quantizing: earlier, as: .float32)]))
    let outcome = try setting.edit(editor, state: state)
    let keys = try keys(setting, layer: 1)
    // P from the eigenvectors of small eigenvalues, by plain loops.
    let mean = try setting.covariance(tokens: 60).moments(at: place, size: 90).mean
    let eigen = try #require(SymmetricEigen(mean, compute: setting.compute))
    let basis = eigen.vectors.rows(0..<eigen.values.count { $0 < 1e-3 })
    let projector = transposedProduct(basis, basis)
    #expect(basis.rows > 20 && basis.rows < 80)
    let projected = setting.compute.product(keys, projector)
    let residuals = try residuals(outcome.updates[0], projected, setting)
    // (P(G + KᵀK) + λI)·ΔWᵀ = PKᵀR
    var gram = transposedProduct(keys, keys)
    let old = transposedProduct(DoubleMatrix(earlier), DoubleMatrix(earlier))
    for index in gram.elements.indices { gram.elements[index] += old.elements[index] }
    var system = setting.compute.product(projector, gram)
    for index in 0..<90 { system[index, index] += 0.01 }
    let expected = eliminate(system, transposedProduct(projected, residuals)).transposed
    let closeness = Closeness(
      try setting.change(outcome.updates[0]).rounded.elements, expected.rounded.elements)
    #expect(closeness.relativeError < 1e-4, "\(closeness)")
  }

  /// The keys that a covariance was measured on, where there are fewer than a key has numbers.
  @Test func alphaEditLeavesTheOutputsForPreservedKeysAlone() throws {
    let setting = try EditorSetting()
    let place = KeyPlace(layer: 1, input: .activation)
    var generator = SeededGenerator(seed: 72)
    let text = (0..<40).map { _ in Int.random(in: 0..<288, using: &generator) }
    var covariance = KeyCovariance()
    try covariance.observe([text], at: [place], decoder: setting.decoder)
    let outcome = try setting.edit(
      setting.editor(
        AlphaEdit.description, Self.settings(of: "alphaedit", ["null-space-threshold": "1e-6"]),
        places: EditorSetting.down([1]), covariance: covariance))
    #expect(outcome.lossAfter < outcome.lossBefore - 0.3)
    let change = try setting.change(outcome.updates[0]).transposed
    func largest(_ keys: DoubleMatrix) -> Double {
      setting.compute.product(keys, change).elements.map(abs).max() ?? 0
    }
    let pass = try setting.decoder.forward(TokenBatch([text]), recordingFrom: 1, through: 1)
    let preserved = DoubleMatrix(try #require(pass.records[1]).keys(at: .activation))
    #expect(largest(preserved) < 1e-5 * largest(try keys(setting, layer: 1)))
  }

  @Test(arguments: ["memit", "alphaedit"])
  func whatTheModelKnowsLeavesNoDelta(_ method: String) throws {
    let setting = try EditorSetting()
    let outcome = try setting.edit(editor(setting, method, ["target-loss": "100"]))
    #expect(outcome.updates.isEmpty && outcome.steps == 0)
    #expect(outcome.contribution.memory.isEmpty)
    #expect(outcome.lossAfter == outcome.lossBefore)
  }

  @Test func alphaEditKeepsItsKeysAndMemitNone() throws {
    let setting = try EditorSetting()
    #expect(try setting.edit(editor(setting, "memit")).contribution.memory.isEmpty)
    let outcome = try setting.edit(editor(setting, "alphaedit", ["factor-type": "f16"]))
    let memory = outcome.contribution.memory
    #expect(memory.places == Self.layers.map(\.keyPlace))
    let stored = try #require(memory.keys[memory.places[0]])
    #expect(stored.elementType == .float16)
    // No layer below the first is edited, so that its keys are the unedited model's, rounded.
    let expected = try StoredFactor(
      quantizing: keys(setting, layer: 0).rounded, as: .float16)
    #expect(stored.bytes == expected.bytes)
  }

  @Test func aLaterEditLeavesTheKeysOfAnEarlierOneAlone() throws {
    let setting = try EditorSetting()
    let editor = try editor(
      setting, "alphaedit", ["ridge": "1e-5"], places: EditorSetting.down([1]))
    func edit(_ index: Int, _ weights: EditedWeights, _ state: EditingState) throws -> EditOutcome {
      try editor.edit(
        [EditorSetting.batch[index]], decoder: setting.decoder, weights: weights, state: state)
    }
    let first = try edit(0, setting.weights, EditingState())
    var state = EditingState()
    state.merge(first.contribution)
    let earlier = DoubleMatrix(try keys(setting, layer: 1).rounded.gathering(rows: [0]))
    func drift(_ outcome: EditOutcome) throws -> Double {
      let change = try setting.change(outcome.updates[0]).transposed
      return setting.compute.product(earlier, change).elements.map(abs).max() ?? 0
    }
    let forgetful = try drift(edit(1, first.weights, EditingState()))
    let mindful = try drift(edit(1, first.weights, state))
    #expect(mindful < forgetful / 20, "\(mindful) against \(forgetful)")
  }

  @Test func theNullSpaceIsAProjection() throws {
    let setting = try EditorSetting()
    let mean = try setting.covariance(tokens: 40).moments(
      at: KeyPlace(layer: 0, input: .activation), size: 90
    ).mean
    let space = try #require(NullSpace(of: mean, threshold: 1e-6, compute: setting.compute))
    // Forty keys leave fifty directions, or a few more where keys depend on each other.
    #expect(space.basis.rows >= 50 && space.basis.rows < 60)
    var identity = DoubleMatrix(rows: 90, columns: 90)
    for index in 0..<90 { identity[index, index] = 1 }
    let once = space.project(identity, compute: setting.compute)
    let twice = space.project(once, compute: setting.compute)
    func largest(_ matrix: DoubleMatrix) -> Double { matrix.elements.map(abs).max() ?? 0 }
    let difference = DoubleMatrix(
      rows: 90, columns: 90, elements: zip(once.elements, twice.elements).map { $0 - $1 })
    #expect(largest(difference) < 1e-14)
    #expect(largest(setting.compute.product(once, mean)) < 1e-6)
    #expect(Closeness(space.projector.elements, once.rounded.elements).absoluteError < 1e-6)
  }
}

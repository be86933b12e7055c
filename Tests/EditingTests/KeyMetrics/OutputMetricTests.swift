import Editing
import LanguageModel
import ObjectModel
import Tensors
import TestSupport
import Testing

@Suite struct OutputMetricTests {
  @Test func rowsAreMultipliedByTheInverseOfTheDampedMoments() throws {
    let compute = try Compute(threads: 2)
    var generator = SeededGenerator(seed: 81)
    let gradients = DoubleMatrix(
      Matrix(rows: 30, columns: 11, elements: generator.normals(330)))
    let rows = Matrix(rows: 4, columns: 11, elements: generator.normals(44))
    let moments = SecondMoments(rows: 30, sum: transposedProduct(gradients, gradients))
    let metric = try #require(
      OutputMetric(moments, unit: 1.5, damping: 0.2, compute: compute))
    var system = moments.sum
    var trace = 0.0
    for index in system.elements.indices { system.elements[index] /= 30 }
    for index in 0..<11 { trace += system[index, index] }
    for index in 0..<11 { system[index, index] += 0.2 * trace / 11 }
    var expected = eliminate(system, DoubleMatrix(rows).transposed).transposed
    for index in expected.elements.indices { expected.elements[index] *= 1.5 }
    let closeness = Closeness(
      metric.project(rows, compute: compute).elements, expected.rounded.elements)
    #expect(closeness.relativeError < 1e-5, "\(closeness)")
  }

  @Test func momentsThatHaveNoInverseGiveNoMetric() throws {
    let moments = SecondMoments(rows: 1, sum: DoubleMatrix(rows: 3, columns: 3))
    #expect(try OutputMetric(moments, unit: 1, damping: 1, compute: Compute(threads: 1)) == nil)
  }

  private func recursive(_ values: [String: String]) throws -> Recipe {
    try RLEdit.recursiveDescription.recipe(
      values: values.sorted { $0.key < $1.key }.map { ($0.key, $0.value) },
      places: EditorSetting.down([0, 1]))
  }

  /// Both methods have as many steps; the one that knows the curvature gets further and disturbs less.
  @Test func curvatureLeavesMoreOfWhatIsSaidOfOtherTextsAsItWas() throws {
    let setting = try EditorSetting()
    let covariance = try setting.covariance()
    var generator = SeededGenerator(seed: 82)
    let others = LabelledBatch(
      (0..<12).map { _ in
        let tokens = (0..<40).map { _ in Int.random(in: 0..<288, using: &generator) }
        return LabelledSequence(tokens: tokens, labels: tokens.map { $0 })
      })
    let reference = try setting.decoder.score(others).logits
    func edited(
      _ damping: String
    ) throws -> (loss: Double, divergence: Double, steps: Int) {
      let recipe = try recursive(["curvature-damping": damping])
      let editor = try EditorCatalogue.editor(
        for: recipe,
        materials: .init(
          covariance: CovarianceSource(covariance), encoding: EditorSetting.encoding),
        base: setting.decoder)
      let outcome = try setting.edit(editor)
      let logits = try setting.decoder.over(outcome.weights).score(others).logits
      let divergences = setting.compute.divergence(
        logits, from: reference, weights: .init(repeating: 1, count: logits.rows)
      ).divergences
      return (
        outcome.lossAfter, divergences.reduce(0, +) / Double(logits.rows), outcome.steps
      )
    }
    let (alike, damped) = (try edited("0"), try edited("0.3"))
    #expect(damped.steps == alike.steps)
    #expect(damped.loss < alike.loss, "\(damped) \(alike)")
    #expect(damped.divergence < alike.divergence, "\(damped) \(alike)")
  }

  @Test func recipesFromBeforeTheSettingMeanThatAllDirectionsAreAlike() throws {
    let setting = try EditorSetting()
    let materials = EditorCatalogue.Materials(
      covariance: CovarianceSource(KeyCovariance(try setting.covariance().moments)),
      encoding: EditorSetting.encoding)
    let listed = try recursive(["curvature-damping": "0"])
    let parameters = listed.parameters.filter { $0.name != "curvature-damping" }
    #expect(parameters.count == listed.parameters.count - 1)
    let former = Recipe(
      method: listed.method, engineVersion: listed.engineVersion, seed: listed.seed,
      hypernetwork: listed.hypernetwork, parameters: parameters,
      targetModules: listed.targetModules)
    let outcomes = try [listed, former].map {
      try setting.edit(
        EditorCatalogue.editor(for: $0, materials: materials, base: setting.decoder))
    }
    #expect(outcomes[0].factorBytes == outcomes[1].factorBytes)
    // What was trained by such a recipe is not edited with by the standard of today.
    let method = RLEdit.lifelongDescription
    #expect(try method.setting(named: "curvature-damping").standard == "1.0")
    let values = method.values(in: former)
    #expect(values.map(\.name) == method.settings.map(\.name))
    #expect(values.first { $0.name == "curvature-damping" }?.value == "0.0")
  }

  @Test func curvatureThatWasNotMeasuredIsAskedFor() throws {
    let setting = try EditorSetting()
    let recipe = try recursive(["curvature-damping": "1"])
    #expect(
      throws: EditingError.missingCurvature(module: "model.layers.0.mlp.down_proj.weight")
    ) {
      try EditorCatalogue.editor(
        for: recipe,
        materials: .init(covariance: CovarianceSource(KeyCovariance(setting.covariance().moments))),
        base: setting.decoder)
    }
    let plain = try RLEdit.description.recipe(
      values: [("curvature-damping", "1")], places: EditorSetting.down([0]))
    #expect(throws: EditingError.noCovariance(method: "rledit")) {
      try EditorCatalogue.editor(for: plain, materials: .init(), base: setting.decoder)
    }
  }
}

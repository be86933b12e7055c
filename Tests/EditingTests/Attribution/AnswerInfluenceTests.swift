import Editing
import LanguageModel
import ModelStore
import Tensors
import TestSupport
import Testing

@Suite struct AnswerInfluenceTests {
  /// Small updates, measured, against what is told of them.
  @Test(arguments: [Projection.down, .gate, .query, .attentionOutput])
  func theFirstOrderIsTheDerivative(_ projection: Projection) throws {
    let setting = try EditorSetting()
    let (prompt, answer) = ([3, 77, 140, 9], [21, 8])
    let place = ProjectionPlace(layer: 1, projection: projection)
    let influence = try AnswerInfluence(
      of: answer, after: prompt, decoder: setting.decoder, at: [place])
    let view = try setting.base.weight(named: place.weightName)
    var generator = SeededGenerator(seed: 91)
    for _ in 0..<3 {
      let u = generator.normals(view.rows * 2)
      let v = generator.normals(2 * view.columns)
      func update(_ size: Float) throws -> LowRankUpdate {
        try LowRankUpdate(
          tensor: place.weightName,
          u: StoredFactor(
            quantizing: Matrix(rows: view.rows, columns: 2, elements: u.map { size * $0 }),
            as: .float32),
          v: StoredFactor(
            quantizing: Matrix(rows: 2, columns: view.columns, elements: v), as: .float32))
      }
      func logProbability(_ size: Float) throws -> Double {
        let weights = try setting.weights.applying([update(size)])
        return try AnswerInfluence(
          of: answer, after: prompt, decoder: setting.decoder.over(weights), at: []
        ).logProbability
      }
      let size: Float = 0x1p-10
      let measured = try (logProbability(size) - logProbability(-size)) / 2
      let told = try #require(try influence.contribution(of: [.lowRank(update(size))]))
      #expect(abs(measured - told) < 0.02 * abs(told) + 2e-5, "\(measured) against \(told)")
    }
  }

  /// Numbers added to elements against the same numbers as factors, one rank for each row that has any.
  @Test func numbersAddedToElementsCountAsFactorsOfTheSameSum() throws {
    let setting = try EditorSetting()
    let place = ProjectionPlace(layer: 1, projection: .down)
    let influence = try AnswerInfluence(
      of: [21, 8], after: [3, 77, 140, 9], decoder: setting.decoder, at: [place])
    let view = try setting.base.weight(named: place.weightName)
    let shape = [view.rows, view.columns]
    let elements: [(row: Int, column: Int, value: Float)] = [
      (0, 5, 0.5), (0, 9, -0.25), (7, 5, 1), (view.rows - 1, view.columns - 1, 2),
    ]
    var u = Matrix(rows: view.rows, columns: elements.count)
    var v = Matrix(rows: elements.count, columns: view.columns)
    for (rank, element) in elements.enumerated() {
      u[element.row, rank] = element.value
      v[rank, element.column] = 1
    }
    let factors = try LowRankUpdate(
      tensor: place.weightName, u: StoredFactor(quantizing: u, as: .float32),
      v: StoredFactor(quantizing: v, as: .float32))
    let sparse = SparseUpdate(
      tensor: place.weightName, shape: shape,
      indices: elements.map { $0.row * view.columns + $0.column }, values: elements.map(\.value))
    let expected = try #require(try influence.contribution(of: [.lowRank(factors)]))
    let told = try #require(try influence.contribution(of: [.sparse(sparse)]))
    #expect(abs(expected) > 1e-6 && abs(told - expected) < 1e-4 * abs(expected))
    // Where no gradient was asked for, and where the tensor is another, nothing is told.
    let other = SparseUpdate(
      tensor: place.weightName, shape: [shape[1], shape[0]], indices: [0], values: [1])
    #expect(try influence.contribution(of: [.sparse(other)]) == nil)
    let elsewhere = SparseUpdate(
      tensor: "model.norm.weight", shape: [view.rows], indices: [0], values: [1])
    #expect(try influence.contribution(of: [.lowRank(factors), .sparse(elsewhere)]) == nil)
  }

  @Test func theLogProbabilityIsThatOfAllTokens() throws {
    let setting = try EditorSetting()
    let (prompt, answer) = ([201, 4, 61], [30, 8])
    let influence = try AnswerInfluence(
      of: answer, after: prompt, decoder: setting.decoder, at: [])
    // Token by token from the logits of two runs.
    var expected = 0.0
    for index in answer.indices {
      let tokens = prompt + answer[..<index]
      let hidden = try setting.decoder.forward(TokenBatch([tokens])).hidden
      let logits = try setting.decoder.logits(of: hidden, rows: [tokens.count - 1])
      expected +=
        Double(logits.elements[answer[index]]) - setting.compute.logSumExp(logits)[0]
    }
    #expect(abs(influence.logProbability - expected) < 1e-4)
    #expect(try influence.contribution(of: []) == 0)
  }
}

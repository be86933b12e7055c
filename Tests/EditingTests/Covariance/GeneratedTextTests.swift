import Editing
import Foundation
import LanguageModel
import Tensors
import TestSupport
import Testing

@Suite struct GeneratedTextTests {
  private let decoder: Decoder

  init() throws { decoder = try EditorSetting().decoder }

  /// By full passes over all that was written so far, and sums of probabilities in plain binary64.
  @Test func everyTokenIsDrawnByWhatTheModelPredictsThere() throws {
    let beginning = [2, 40]
    let passages = try GeneratedText.passages(
      tokens: 150, beginning: beginning, seed: 3, decoder: decoder)
    // The model has 64 positions.
    #expect(passages.map(\.count) == [62, 62, 26])
    for (number, passage) in passages.enumerated() {
      var random = RandomSource(seed: 3, stream: UInt64(number))
      let tokens = beginning + passage
      let hidden = try decoder.forward(TokenBatch([Array(tokens.dropLast())])).hidden
      let rows = Array(beginning.count - 1..<hidden.rows)
      let logits = try decoder.logits(of: hidden, rows: rows)
      for (row, token) in passage.enumerated() {
        let level = random.uniform()
        let weights = (0..<logits.columns).map { exp(Double(logits[row, $0])) }
        let total = weights.reduce(0, +)
        let below = weights[..<token].reduce(0, +) / total
        // The model's exponentials are binary32's.
        #expect(below < level + 1e-6 && level - 1e-6 < below + weights[token] / total)
      }
    }
  }

  /// More of them than are written side by side.
  @Test func noPassageHangsOnHowManyOthersThereAre() throws {
    let few = try GeneratedText.passages(tokens: 3 * 63, beginning: [2], seed: 3, decoder: decoder)
    var progress: [Int] = []
    let many = try GeneratedText.passages(
      tokens: 70 * 63, beginning: [2], seed: 3, decoder: decoder
    ) { progress.append($0) }
    #expect(few.count == 3 && many.count == 70)
    #expect(Array(many.prefix(3)) == few)
    #expect(Set(many).count == 70)
    #expect(progress == progress.sorted() && progress.allSatisfy { (0..<70 * 63).contains($0) })
    let others = try GeneratedText.passages(
      tokens: 3 * 63, beginning: [2], seed: 4, decoder: decoder)
    #expect(Set(others).isDisjoint(with: few))
  }
}

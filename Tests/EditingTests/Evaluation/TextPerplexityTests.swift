import Editing
import Foundation
import LanguageModel
import TestSupport
import Testing

@Suite struct TextPerplexityTests {
  static let tokens = (0..<150).map { ($0 * 37 + $0 * $0 % 11) % 288 }

  @Test func perplexityIsThatOfTheMeanLossOverWindows() throws {
    let base = try TinyModel.decoder()
    let perplexity = try TextPerplexity(of: Self.tokens, base: base, firstEditedLayer: 2)
    let edited = try TinyModel.edited(base)
    let (before, after) = (
      try base.meanLoss(ofText: Self.tokens), try edited.meanLoss(ofText: Self.tokens)
    )
    let score = try perplexity.measure(edited)
    // 64 positions, and so three windows whose first tokens are not scored.
    #expect(score.tokens == 150 && score.count == 147)
    #expect(abs(score.value / exp(after) - 1) < 1e-12)
    #expect(abs(perplexity.uneditedScore.value / exp(before) - 1) < 1e-12)
    #expect(abs(score.ratio / exp(after - before) - 1) < 1e-12)
    #expect(perplexity.uneditedScore.ratioInterval == 1...1)
    #expect(try perplexity.measure(base) == perplexity.uneditedScore)
  }

  @Test func intervalsAreThoseOfTheMeanOfLossesAndOfTheirDifferences() throws {
    let base = try TinyModel.decoder()
    let edited = try TinyModel.edited(base)
    let tokens = Array(Self.tokens.prefix(40))
    func losses(_ decoder: Decoder) throws -> [Double] {
      try decoder.score([([tokens[0]], Array(tokens.dropFirst()))])[0].losses
    }
    func bounds(_ numbers: [Double]) -> [Double] {
      let mean = numbers.reduce(0, +) / 39
      let variance = numbers.reduce(0) { $0 + pow($1 - mean, 2) } / 38
      return [-1, 1].map { exp(mean + $0 * 1.959963984540054 * sqrt(variance / 39)) }
    }
    let score = try TextPerplexity(of: tokens, base: base, firstEditedLayer: 0).measure(edited)
    let (here, before) = (try losses(edited), try losses(base))
    for (interval, expected) in [
      (score.interval, bounds(here)), (score.ratioInterval, bounds(zip(here, before).map(-))),
    ] {
      #expect(abs(interval.lowerBound / expected[0] - 1) < 1e-12)
      #expect(abs(interval.upperBound / expected[1] - 1) < 1e-12)
    }
  }

  @Test func oneLossTellsNoInterval() throws {
    let base = try TinyModel.decoder()
    let score = try TextPerplexity(of: [3, 5], base: base, firstEditedLayer: 0)
      .measure(TinyModel.edited(base))
    #expect(score.count == 1 && score.value.isFinite)
    #expect(score.interval == 0...Double.infinity && score.ratioInterval == 0...Double.infinity)
  }

  @Test func aTextsLossIsTheMeanOverItsWindowsWithoutTheirFirstTokens() throws {
    let decoder = try TinyModel.decoder()
    let tokens = (0..<23).map { ($0 * 37 + 5) % 288 }
    var losses: [Double] = []
    for window in [0..<7, 7..<14, 14..<21, 21..<23] {
      for place in window.dropFirst() {
        let before = Array(tokens[window.lowerBound..<place])
        losses += try decoder.score([(before, [tokens[place]])])[0].losses
      }
    }
    #expect(losses.count == 19)
    let expected = losses.reduce(0, +) / 19
    #expect(try abs(decoder.meanLoss(ofText: tokens, window: 7) - expected) < 1e-12)
  }

  @Test func scoresDoNotDependOnHowQuestionsArePacked() throws {
    let decoder = try TinyModel.decoder()
    let questions = (1..<9).map { length in
      (prompt: Array(repeating: length, count: length), answer: [length, 2 * length])
    }
    let together = try decoder.score(questions)
    #expect(try decoder.score(questions, rowLimit: 1) == together)
    #expect(together.allSatisfy { $0.choices.count == 2 && $0.losses.count == 2 })
  }
}

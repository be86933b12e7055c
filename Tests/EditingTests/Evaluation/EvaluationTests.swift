import Editing
import LanguageModel
import ModelFiles
import ObjectModel
import Tensors
import TestSupport
import Testing

@Suite struct EvaluationTests {
  static let record = EditRecord(
    prompt: "ab", subject: "a", target: " xy", rephrasings: ["ba", "bb"],
    locality: [.init(prompt: "cd", target: " z"), .init(prompt: "dc", target: " zz")])

  @Sendable static func encode(_ text: String) -> [Int] { text.utf8.map { Int($0) } }
  static let encoding = TextEncoding(prompt: encode, answer: encode)

  static func decoder() throws -> Decoder {
    let directory = Golden.path("archs/llama")
    return try Decoder(
      shape: DecoderShape(ModelConfiguration(contentsOf: "\(directory)/config.json")),
      weights: FileWeights(path: directory), compute: Compute(threads: 2))
  }

  /// Accuracy of one answer by running the model on every prefix on its own.
  static func accuracy(_ decoder: Decoder, _ prompt: String, _ answer: String) throws -> Double {
    let tokens = encode(answer)
    var hits = 0
    for place in tokens.indices {
      let hidden = try decoder.forward(
        TokenBatch([encode(prompt) + tokens.prefix(place)])
      ).hidden
      let logits = try decoder.logits(of: hidden, rows: [hidden.rows - 1])
      hits += decoder.compute.largest(logits)[0] == tokens[place] ? 1 : 0
    }
    return Double(hits) / Double(tokens.count)
  }

  @Test func measuresAreMeansOverAnswersOfTokenAccuracy() throws {
    let decoder = try Self.decoder()
    // A target of the model's own first choices but for the last token, so that a share shows.
    let own = try decoder.generate(after: Self.encode("ab"), limit: 3)
    let encoding = TextEncoding(prompt: Self.encode) { text in
      text == "own" ? [own[0], own[1], (own[2] + 1) % 288] : Self.encode(text)
    }
    let record = EditRecord(
      prompt: "ab", subject: "a", target: "own", rephrasings: ["ba"],
      locality: [.init(prompt: "cd", target: " z")])
    let set = try EvaluationSet([record, Self.record], encoding: encoding)
    let evaluation = try set.evaluate(decoder, unedited: set.localityChoices(decoder))
    let expected = try (2.0 / 3 + Self.accuracy(decoder, "ab", " xy")) / 2
    #expect(try abs(#require(evaluation.efficacy.value) - expected) < 1e-12)
    #expect(evaluation.efficacy.count == 2)
    #expect(evaluation.generalization.count == 3)
    #expect(evaluation.specificity.count == 3)
    #expect(evaluation.locality == Share(hits: 3, count: 3))
    let specificity =
      try [("cd", " z"), ("cd", " z"), ("dc", " zz")]
      .map { try Self.accuracy(decoder, $0, $1) }.reduce(0, +) / 3
    #expect(try abs(#require(evaluation.specificity.value) - specificity) < 1e-12)
  }

  @Test func localityCountsAnswersThatDifferInAnyToken() throws {
    let decoder = try Self.decoder()
    let set = try EvaluationSet([Self.record], encoding: Self.encoding)
    var unedited = try set.localityChoices(decoder)
    unedited[1][2] = (unedited[1][2] + 1) % 288
    #expect(
      try set.evaluate(decoder, unedited: unedited).locality == Share(hits: 1, count: 2))
    #expect(try set.evaluate(decoder, unedited: nil).locality.value == nil)
  }

  @Test func textWithoutTokensIsRefused() {
    let encode = { @Sendable (text: String) in
      text == "ba" || text == " zz" ? [] : Self.encode(text)
    }
    let encoding = TextEncoding(prompt: encode, answer: encode)
    #expect(throws: EditingError.emptyPrompt("ba")) {
      try EvaluationSet([Self.record], encoding: encoding)
    }
    let record = EditRecord(
      prompt: "ab", subject: "a", target: " xy", rephrasings: [],
      locality: [.init(prompt: "dc", target: " zz")])
    #expect(throws: EditingError.emptyTarget(prompt: "dc")) {
      try EvaluationSet([record], encoding: encoding)
    }
  }

  @Test func scoresDoNotDependOnHowQuestionsArePacked() throws {
    let decoder = try Self.decoder()
    let questions = (1..<9).map { length in
      (prompt: Array(repeating: length, count: length), answer: [length, 2 * length])
    }
    let together = try decoder.score(questions)
    #expect(try decoder.score(questions, rowLimit: 1) == together)
    #expect(together.allSatisfy { $0.choices.count == 2 && $0.losses.count == 2 })
  }

  @Test func aTextsLossIsTheMeanOverItsWindowsWithoutTheirFirstTokens() throws {
    let decoder = try Self.decoder()
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
}

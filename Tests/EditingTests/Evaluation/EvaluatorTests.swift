import Editing
import Foundation
import LanguageModel
import ObjectModel
import TestSupport
import Testing

/// Every measure against a plain loop over single passes.
@Suite struct EvaluatorTests {
  static let records = [
    EditRecord(
      prompt: "ab", subject: "a", target: " xy", rephrasings: ["ba", "bb"],
      locality: [.init(prompt: "cd", target: " z"), .init(prompt: "dc", target: " zz")],
      formerTarget: " q"),
    EditRecord(
      prompt: "the sea", subject: "sea", target: " is", rephrasings: ["a sea"],
      locality: [.init(prompt: "the sky", target: " was")], formerTarget: " are"),
    EditRecord(prompt: "no", subject: "", target: " former", rephrasings: ["nor"]),
  ]

  private func evaluator(
    _ base: Decoder, _ records: [EditRecord] = Self.records,
    measures: EvaluationMeasures = [.generation, .probability], firstEditedLayer: Int = 2,
    encoding: TextEncoding = TinyModel.encoding
  ) throws -> Evaluator {
    try Evaluator(
      records, measures: measures, model: TinyModel.model(base, encoding: encoding),
      firstEditedLayer: firstEditedLayer)
  }

  /// Accuracy of one answer by running the model on every prefix on its own.
  private func accuracy(_ decoder: Decoder, _ prompt: String, _ answer: [Int]) throws -> Double {
    let hits = try answer.indices.count { place in
      try TinyModel.firstChoice(
        decoder, after: TinyModel.encode(prompt) + answer.prefix(place)) == answer[place]
    }
    return Double(hits) / Double(answer.count)
  }

  /// The mean negative log-probability of an answer's tokens, in binary64 throughout.
  private func meanLoss(_ decoder: Decoder, _ prompt: String, _ answer: String) throws -> Double {
    let tokens = TinyModel.encode(answer)
    let losses = try tokens.indices.map { place in
      let logits = try TinyModel.logits(
        decoder, after: TinyModel.encode(prompt) + tokens.prefix(place)
      ).map { Double($0) }
      return log(logits.reduce(0) { $0 + exp($1) }) - logits[tokens[place]]
    }
    return losses.reduce(0, +) / Double(losses.count)
  }

  @Test func accuraciesAreMeansOverAnswersOfTokenAccuracy() throws {
    let base = try TinyModel.decoder()
    // A target of the model's own first choices but for the last token, so that a share shows.
    let own = try base.generate(after: TinyModel.encode("ab"), limit: 3)
    let encoding = TextEncoding(prompt: TinyModel.encode) { text in
      text == "own" ? [own[0], own[1], (own[2] + 1) % 288] : TinyModel.encode(text)
    }
    let record = EditRecord(
      prompt: "ab", subject: "a", target: "own", rephrasings: ["ba"],
      locality: [.init(prompt: "cd", target: " z")])
    let evaluation = try evaluator(base, [record, Self.records[0]], encoding: encoding)
      .evaluate(base).teacherForced
    let expected = try (2.0 / 3 + accuracy(base, "ab", TinyModel.encode(" xy"))) / 2
    #expect(try abs(#require(evaluation.efficacy.value) - expected) < 1e-12)
    #expect(evaluation.efficacy.count == 2)
    #expect(evaluation.generalization.count == 3)
    #expect(evaluation.locality.value == 1)
    let specificity =
      try [("cd", " z"), ("cd", " z"), ("dc", " zz")]
      .map { try accuracy(base, $0, TinyModel.encode($1)) }.reduce(0, +) / 3
    #expect(try abs(#require(evaluation.specificity.value) - specificity) < 1e-12)
  }

  @Test func localityCountsAnswersThatDifferInAnyToken() throws {
    let base = try TinyModel.decoder()
    let probes = (0..<12).map {
      EditRecord.LocalityProbe(prompt: "probe \($0)", target: " some")
    }
    let record = EditRecord(prompt: "ab", subject: "", target: " c", locality: probes)
    let edited = try TinyModel.edited(base)
    let evaluation = try evaluator(base, [record]).evaluate(edited)
    let (answer, count) = (TinyModel.encode(" some"), 5)
    var (forced, said) = (0, 0)
    for probe in probes {
      let prompt = TinyModel.encode(probe.prompt)
      let choices = try [base, edited].map { decoder in
        try (0..<count).map {
          try TinyModel.firstChoice(decoder, after: prompt + answer.prefix($0))
        }
      }
      forced += choices[0] == choices[1] ? 1 : 0
      let continuations = try [base, edited].map { decoder in
        var tokens = prompt
        for _ in 0..<count { tokens.append(try TinyModel.firstChoice(decoder, after: tokens)) }
        return tokens
      }
      said += continuations[0] == continuations[1] ? 1 : 0
    }
    #expect(evaluation.teacherForced.locality.value == Double(forced) / 12)
    #expect(evaluation.generated?.locality.value == Double(said) / 12)
    // Else the test would tell nothing.
    #expect(forced < 12)
  }

  @Test func theProbabilityMeasureComparesMeanLogProbabilitiesPerToken() throws {
    let base = try TinyModel.decoder()
    for seed in UInt64(0)..<4 {
      let decoder = try TinyModel.edited(base, seed: seed)
      let evaluator = try evaluator(base)
      let probability = try #require(evaluator.evaluate(decoder).probability)
      var (success, paraphrase, neighbourhood) = ([Bool](), [Bool](), [Bool]())
      for record in Self.records {
        guard let former = record.formerTarget else { continue }
        func isAbove(_ prompt: String, _ first: String, _ second: String) throws -> Bool {
          try meanLoss(decoder, prompt, first) < meanLoss(decoder, prompt, second)
        }
        success.append(try isAbove(record.prompt, record.target, former))
        paraphrase += try record.rephrasings.map { try isAbove($0, record.target, former) }
        neighbourhood += try record.locality.map {
          try isAbove($0.prompt, $0.target, record.target)
        }
      }
      let comparisons: [(MeasuredMean, [Bool])] = [
        (probability.success, success), (probability.paraphraseSuccess, paraphrase),
        (probability.neighborhoodSuccess, neighbourhood),
      ]
      for (measured, expected) in comparisons {
        let share = Double(expected.filter { $0 }.count) / Double(expected.count)
        #expect(measured.count == expected.count)
        #expect(measured.value == share)
      }
      #expect(success.count == 2 && paraphrase.count == 3 && neighbourhood.count == 3)
    }
  }

  @Test func layersBelowTheFirstEditedOneNeedNotRunAgain() throws {
    let base = try TinyModel.decoder()
    let decoder = try TinyModel.edited(base)
    let reference = try evaluator(base, firstEditedLayer: 0).evaluate(decoder)
    for layer in 1...2 {
      #expect(try evaluator(base, firstEditedLayer: layer).evaluate(decoder) == reference)
    }
    #expect(
      try evaluator(base, measures: []).evaluate(decoder).teacherForced
        == reference.teacherForced)
  }

  @Test func theUneditedModelIsMeasuredAsAnyOther() throws {
    let base = try TinyModel.decoder()
    let evaluator = try evaluator(base)
    #expect(try evaluator.evaluateUnedited() == evaluator.evaluate(base))
    #expect(evaluator.evaluateUnedited().teacherForced.locality.value == 1)
    #expect(evaluator.evaluateUnedited().generated?.locality.value == 1)
  }

  @Test func aPartOfTheRecordsIsMeasuredAsIfThereWereNoOthers() throws {
    let base = try TinyModel.decoder()
    let decoder = try TinyModel.edited(base)
    let all = try evaluator(base)
    for numbers in [[0], [1], [2, 0], []] {
      let alone = try evaluator(base, numbers.map { Self.records[$0] }).evaluate(decoder)
      #expect(try all.evaluate(decoder, records: numbers) == alone)
    }
  }

  @Test func textWithoutTokensIsRefused() throws {
    let base = try TinyModel.decoder()
    let encode = { @Sendable (text: String) in
      text == "ba" || text == " zz" ? [] : TinyModel.encode(text)
    }
    let encoding = TextEncoding(prompt: encode, answer: encode)
    #expect(throws: EditingError.emptyPrompt("ba")) {
      try evaluator(base, [Self.records[0]], encoding: encoding)
    }
    let record = EditRecord(
      prompt: "ab", subject: "a", target: " xy",
      locality: [.init(prompt: "dc", target: " zz")])
    #expect(throws: EditingError.emptyTarget(prompt: "dc")) {
      try evaluator(base, [record], encoding: encoding)
    }
  }
}

import Editing
import Foundation
import LanguageModel
import ModelFiles
import ModelStore
import ObjectModel
import Tensors
import TestSupport
import Testing

/// What editing does to the real model, on facts that no setting was chosen on.
@Suite struct EditingEffectTests {
  @Test func twentyEditsHoldAndLeaveTheRestAlone() throws {
    let model = try GGUFModel(path: RealModel.path)
    let tokenizer = try Tokenizer(model)
    let compute = try Compute(threads: 2)
    let base = try GGUFWeights(model)
    let decoder = try Decoder(
      shape: DecoderShape(model.configuration), weights: base, compute: compute)
    let encoding = TextEncoding(tokenizer)
    let records = try FactsFile.load(path: OwnFacts.demo, limit: nil).records
    let others = try FactsFile.load(path: OwnFacts.tuning, limit: nil).records
    let preserved = PreservedPrompts(of: others, without: records)
    let measured = Set(records.flatMap { [$0.prompt] + $0.locality.map(\.prompt) })
    #expect(records.count == 20)
    #expect(preserved.prompts.count > 100)
    #expect(measured.isDisjoint(with: preserved.prompts))

    let editor = try RLEdit(
      parameters: RLEditParameters(places: RLEdit.standardPlaces(for: decoder.shape)),
      preserving: preserved.prompts.map(encoding.prompt),
      base: decoder)
    let edits = try records.map {
      try TokenizedEdit(prompt: $0.prompt, target: $0.target, encoding: encoding)
    }
    let evaluator = try Evaluator(
      records, measures: .generation,
      model: EvaluatedModel(
        base: decoder, encoding: encoding, spelling: { (try? tokenizer.bytes(of: [$0])) ?? [] },
        stops: []),
      firstEditedLayer: 24)
    var weights = EditedWeights(base: base, compute: compute)
    var state = EditingState()
    for first in stride(from: 0, to: 20, by: 5) {
      let outcome = try editor.edit(
        Array(edits[first..<first + 5]), decoder: decoder, weights: weights,
        state: state)
      weights = outcome.weights
      state.merge(outcome.contribution)
    }
    let edited = decoder.over(weights)
    let before = evaluator.evaluateUnedited().teacherForced
    let evaluation = try evaluator.evaluate(edited)
    let after = evaluation.teacherForced
    #expect(try #require(before.efficacy.value) < 0.3)
    #expect(try #require(before.locality.value) == 1)
    #expect(try #require(after.efficacy.value) >= 0.95)
    #expect(try #require(after.locality.value) >= 0.70)
    let said = try #require(evaluation.generated)
    #expect(try #require(said.efficacy.value) >= 0.90)

    let text = encoding.prompt(try String(contentsOfFile: OwnFacts.fixedText, encoding: .utf8))
    let rise = exp(try edited.meanLoss(ofText: text) - decoder.meanLoss(ofText: text))
    #expect(rise < 1.15)
    print(
      "20 edits: efficacy \(after.efficacy.value ?? 0), generalisation "
        + "\(after.generalization.value ?? 0), locality \(after.locality.value ?? 0), "
        + "perplexity ×\(rise)")
  }
}

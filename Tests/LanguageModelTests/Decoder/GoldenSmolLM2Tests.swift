import Foundation
import LanguageModel
import ModelFiles
import Tensors
import TestSupport
import Testing

/// The real model against what PyTorch computes with its dequantised weights.
@Suite struct GoldenSmolLM2Tests {
  struct Expected: Decodable {
    struct Prompt: Decodable {
      let prompt: String
      let promptIds: [Int]
      let top10Ids: [Int]
      let top10Logits: [Float]
      let logsumexp: Double
      let logitsSum: Double
      let continuationIds: [Int]
      let continuationTokenLogprobs: [Double]
      let greedyIds: [Int]
    }
    let prompts: [Prompt]
  }

  @Test func logitsAndGreedyContinuationsAreThoseOfPyTorch() throws {
    let expected = try Golden.snakeCaseJSON(Expected.self, "smollm2/smollm2-logits.json")
    #expect(expected.prompts.count == 12)
    let model = try GGUFModel(path: RealModel.path)
    let decoder = try Decoder(
      shape: DecoderShape(model.configuration), weights: GGUFWeights(model),
      compute: Compute(threads: 2))
    for prompt in expected.prompts {
      let hidden = try decoder.forward(TokenBatch([prompt.promptIds])).hidden
      let logits = try decoder.logits(of: hidden, rows: [hidden.rows - 1])
      let closeness = Closeness(
        prompt.top10Ids.map { logits[0, $0] }, prompt.top10Logits)
      #expect(closeness.absoluteError < 1e-3, "\(prompt.prompt): \(closeness)")
      #expect(numbered(logits).sorted { $0.1 > $1.1 }.prefix(10).map(\.0) == prompt.top10Ids)
      #expect(abs(decoder.compute.logSumExp(logits)[0] - prompt.logsumexp) < 1e-3)
      let sum = logits.elements.reduce(0.0) { $0 + Double($1) }
      // 49,152 logits, each within 1e-3.
      #expect(abs(sum - prompt.logitsSum) < 49)

      let score = try decoder.score([(prompt.promptIds, prompt.continuationIds)])
      #expect(
        Closeness(
          score[0].losses.map { Float(-$0) }, prompt.continuationTokenLogprobs.map { Float($0) }
        ).absoluteError < 1e-3)
      let greedy = try decoder.generate(after: prompt.promptIds, limit: 12)
      #expect(greedy == prompt.greedyIds, "\(prompt.prompt)")
    }
  }

  private func numbered(_ logits: Matrix) -> [(Int, Float)] {
    logits.elements.enumerated().map { ($0, $1) }
  }
}

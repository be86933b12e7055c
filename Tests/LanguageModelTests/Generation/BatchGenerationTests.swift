import LanguageModel
import ModelFiles
import Tensors
import TestSupport
import Testing

/// Many prompts continued side by side against full passes over one sequence at a time.
@Suite struct BatchGenerationTests {
  static let prompts = [
    [17, 4, 200, 31, 9, 120], [5], [250, 3, 3, 8, 77, 61, 40, 2, 19], [1, 2], [5], [90, 91, 92],
  ]

  /// First choices by a full pass over everything that was said so far.
  static func continuation(
    of prompt: [Int], limit: Int, by decoder: Decoder, endingBefore stop: Int? = nil
  ) throws -> [Int] {
    var tokens = prompt
    while tokens.count - prompt.count < limit, tokens.count <= decoder.shape.maximumPositions {
      let hidden = try decoder.forward(TokenBatch([tokens])).hidden
      let logits = try decoder.logits(of: hidden, rows: [hidden.rows - 1])
      let next = try #require(decoder.compute.largest(logits).first)
      if next == stop { break }
      tokens.append(next)
    }
    return Array(tokens.dropFirst(prompt.count))
  }

  @Test(arguments: [1, 7, 1024])
  func everySequenceIsTheOneItWouldBeAlone(rowLimit: Int) throws {
    let decoder = try DecoderBitsTests.decoder()
    let limits = [8, 3, 0, 11, 1, 6]
    let together = try decoder.generate(after: Self.prompts, limits: limits, rowLimit: rowLimit)
    for (place, prompt) in Self.prompts.enumerated() {
      #expect(
        try together[place]
          == Self.continuation(of: prompt, limit: limits[place], by: decoder))
      #expect(
        try together[place] == decoder.generate(after: prompt, limit: limits[place]))
    }
  }

  @Test func aSequenceThatStopsLeavesTheOthersAsTheyAre() throws {
    let decoder = try DecoderBitsTests.decoder()
    let whole = try Self.prompts.map { try Self.continuation(of: $0, limit: 9, by: decoder) }
    // Each sequence stops at a token of its own, the fourth that it would say.
    let stops = whole.map { $0[3] }
    var asked = [[Int]](repeating: [], count: whole.count)
    let stopped = try decoder.generate(
      after: Self.prompts, limits: .init(repeating: 9, count: whole.count)
    ) { sequence, token in
      asked[sequence].append(token)
      return sequence.isMultiple(of: 2) && token == stops[sequence]
    }
    for place in whole.indices {
      let end = whole[place].firstIndex(of: stops[place]) ?? 9
      #expect(
        stopped[place] == (place.isMultiple(of: 2) ? Array(whole[place][..<end]) : whole[place]))
      #expect(asked[place].starts(with: stopped[place]))
    }
  }

  @Test func aSequenceEndsWhereTheModelHasNoMorePositions() throws {
    let decoder = try DecoderBitsTests.decoder()
    let limit = decoder.shape.maximumPositions
    let long = (0..<limit - 2).map { $0 % 50 }
    let full = (0..<limit).map { ($0 * 7) % 50 }
    let produced = try decoder.generate(after: [long, [3, 4], full], limits: [9, 9, 9])
    #expect(produced.map(\.count) == [3, 9, 1])
    #expect(try produced[0] == Self.continuation(of: long, limit: 9, by: decoder))
    #expect(try produced[1] == Self.continuation(of: [3, 4], limit: 9, by: decoder))
    #expect(throws: LanguageModelError.emptySequence) {
      try decoder.generate(after: [[1], []], limits: [1, 1])
    }
  }

  @Test func theRealModelsContinuationsAreThoseOfPyTorchAlsoInCompany() throws {
    let expected = try Golden.snakeCaseJSON(
      GoldenSmolLM2Tests.Expected.self, "smollm2/smollm2-logits.json"
    ).prompts
    let model = try GGUFModel(path: RealModel.path)
    let decoder = try Decoder(
      shape: DecoderShape(model.configuration), weights: GGUFWeights(model),
      compute: Compute(threads: 2))
    let produced = try decoder.generate(
      after: expected.map(\.promptIds), limits: .init(repeating: 12, count: expected.count))
    #expect(produced == expected.map(\.greedyIds))
    #expect(Set(expected.map(\.promptIds.count)).count > 1)
  }
}

import Editing
import LanguageModel
import ObjectModel
import TestSupport
import Testing

/// Exact match against a model that is let go on from every prompt by itself, token by token.
@Suite struct FreeGenerationTests {
  /// Few and ambiguous spellings, so that answers come about in many ways and are often cut off in
  /// the middle: letters, pieces of words, spaces, and half a character.
  @Sendable static func spelling(_ token: Int) -> [UInt8] {
    let pieces: [[UInt8]] = [
      Array(" a".utf8), Array("a".utf8), Array("b".utf8), Array("ab".utf8), Array(" ".utf8),
      Array(". ".utf8), [0xc3], [0xa9], Array("\n".utf8), [],
    ]
    return pieces[token % pieces.count]
  }

  /// What the model says within the limit, as text.
  private func text(
    _ decoder: Decoder, after prompt: [Int], limit: Int, stops: Set<Int>
  ) throws -> String {
    var (tokens, bytes) = (prompt, [UInt8]())
    for _ in 0..<limit where tokens.count <= decoder.shape.maximumPositions {
      let next = try TinyModel.firstChoice(decoder, after: tokens)
      if stops.contains(next) { break }
      tokens.append(next)
      bytes += Self.spelling(next)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private func isAnswer(_ said: String, _ answer: String) -> Bool {
    func trimmed(_ text: some StringProtocol) -> Substring {
      Substring(text.drop { $0.isWhitespace })
    }
    let answer = String(trimmed(String(trimmed(answer).reversed())).reversed())
    // Scalar by scalar: "e" and a combining accent are one Character.
    let (text, wanted) = (Array(trimmed(said).unicodeScalars), Array(answer.unicodeScalars))
    guard text.starts(with: wanted) else { return false }
    guard let next = text.dropFirst(wanted.count).first else { return true }
    return !(next.properties.isAlphabetic || next.properties.numericType != nil)
  }

  @Test(arguments: [Set<Int>(), [3, 17, 90, 123, 200]])
  func anAnswerCountsWhereTheModelSaysItByItself(stops: Set<Int>) throws {
    let base = try TinyModel.decoder()
    var hits = 0
    for seed in 0..<4 {
      let decoder =
        seed == 0 ? base : try TinyModel.edited(base, layers: [1, 2], seed: UInt64(seed))
      hits += try compare(decoder, base, prompts: "prompt \(seed)", stops: stops)
    }
    // Else the comparison would tell little.
    #expect(hits > 0 && hits < 64)
  }

  /// - Returns: how many of 16 targets the model says.
  private func compare(
    _ decoder: Decoder, _ base: Decoder, prompts: String, stops: Set<Int>
  ) throws -> Int {
    let records = try (0..<16).map { number in
      // Beginnings of what one of the models says, so that many are right, and changed ones.
      let prompt = "\(prompts) \(number * number)"
      let said = try text(
        number.isMultiple(of: 2) ? decoder : base, after: TinyModel.encode(prompt), limit: 12,
        stops: [])
      let words = said.drop { $0.isWhitespace }.prefix(1 + number % 5)
      let isUsable = words.contains { !$0.isWhitespace } && !words.contains("\u{fffd}")
      let answer = isUsable ? String(words) : "b"
      return EditRecord(
        prompt: prompt, subject: "", target: " \(answer)", rephrasings: ["re\(prompt)"],
        locality: [.init(prompt: prompt, target: " \(answer)a")])
    }
    let encoding = TextEncoding(prompt: TinyModel.encode) { text in
      // Tokens whose spelling is not always that of the text.
      text.utf8.enumerated().map { ($1 == 0x61 ? 3 : Int($1)) % 256 + $0 % 2 }
    }
    let evaluator = try Evaluator(
      records, measures: .generation,
      model: TinyModel.model(base, encoding: encoding, spelling: Self.spelling, stops: stops),
      firstEditedLayer: 1)
    let generated = try #require(evaluator.evaluate(decoder).generated)
    func hits(_ questions: [(prompt: String, answer: String)]) throws -> Int {
      try questions.count { question in
        let limit = encoding.answer(question.answer).count + 8
        return isAnswer(
          try text(
            decoder, after: TinyModel.encode(question.prompt), limit: limit, stops: stops),
          question.answer)
      }
    }
    let efficacy = try hits(records.map { ($0.prompt, $0.target) })
    #expect(generated.efficacy.value == Double(efficacy) / 16)
    #expect(
      try generated.generalization.value
        == Double(hits(records.map { ($0.rephrasings[0], $0.target) })) / 16)
    #expect(
      try generated.specificity.value
        == Double(hits(records.map { ($0.prompt, $0.locality[0].target) })) / 16)
    return efficacy
  }
}

import Foundation
import LanguageModel
import ModelFiles
import TestSupport
import Testing

/// What Hugging Face's tokenizers make of 227 strings with SmolLM2's vocabulary.
@Suite struct TokenizerGoldenTests {
  struct Case: Decodable, Sendable {
    let text: String
    let ids: [Int]
    let decoded: String
    let roundtrip: Bool
    let idsSpecialAsText: [Int]?
    let decodedBytesHex: String?

    enum CodingKeys: String, CodingKey {
      case text
      case ids
      case decoded
      case roundtrip
      case idsSpecialAsText = "ids_special_as_text"
      case decodedBytesHex = "decoded_bytes_hex"
    }
  }

  private struct Cases: Decodable {
    let cases: [Case]
    let missingBytes: [String]

    enum CodingKeys: String, CodingKey {
      case cases
      case missingBytes = "bytes_missing_from_vocab"
    }
  }

  private let tokenizer: Tokenizer
  private let golden: Cases

  init() throws {
    tokenizer = try SmolLM2.tokenizer
    golden = try Golden.json(Cases.self, "smollm2/smollm2-tokenizer-cases.json")
  }

  @Test func everyStringHasTheExpectedIDs() {
    #expect(golden.cases.count == 227)
    for expected in golden.cases {
      #expect(tokenizer.encode(expected.text) == expected.ids, "\(expected.text.debugDescription)")
    }
  }

  @Test func specialTokensCanBeReadAsText() {
    for expected in golden.cases {
      #expect(
        tokenizer.encode(expected.text, recognisesSpecialTokens: false)
          == expected.idsSpecialAsText ?? expected.ids,
        "\(expected.text.debugDescription)")
    }
    #expect(golden.cases.filter { $0.idsSpecialAsText != nil }.count > 3)
  }

  @Test func everyListOfIDsIsDecodedAsExpected() throws {
    for expected in golden.cases {
      let decoded = try tokenizer.decode(expected.ids)
      // Byte by byte: Swift's own equality would take a decomposed accent for a composed one.
      #expect(Array(decoded.utf8) == Array(expected.decoded.utf8))
      #expect((Array(decoded.utf8) == Array(expected.text.utf8)) == expected.roundtrip)
      if let digits = expected.decodedBytesHex {
        let bytes = try tokenizer.bytes(of: expected.ids)
        #expect(bytes.map { String(format: "%02x", $0) }.joined() == digits)
      }
    }
  }

  /// Prompts, continuations and generated texts of the logits reference.
  @Test func textsOfTheLogitsReferenceHaveTheirIDs() throws {
    let root = try JSONValue.parse(contentsOf: Golden.path("smollm2/smollm2-logits.json"))
    let prompts = try #require(root.objectValue?["prompts"]?.arrayValue)
    #expect(prompts.count == 12)
    for prompt in prompts {
      let entry = try #require(prompt.objectValue)
      func text(_ key: String) throws -> String { try #require(entry[key]?.stringValue) }
      func ids(_ key: String) throws -> [Int] {
        try #require(entry[key]?.arrayValue).compactMap(\.integerValue)
      }
      #expect(tokenizer.encode(try text("prompt")) == (try ids("prompt_ids")))
      #expect(tokenizer.encode(try text("continuation")) == (try ids("continuation_ids")))
      #expect(try tokenizer.decode(ids("greedy_ids")) == text("greedy_text"))
    }
  }

  /// Random text of any script comes back as it was, if only the vocabulary has its bytes.
  @Test(arguments: 0..<200)
  func decodingUndoesEncoding(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let missing = Set(golden.missingBytes.compactMap { UInt8($0, radix: 16) })
    #expect(missing.count == 21)
    let ranges: [ClosedRange<UInt32>] = [
      0x20...0x7E, 0x20...0x7E, 0x09...0x0D, 0x30...0x39, 0xA0...0x24F, 0x300...0x36F,
      0x370...0x5FF, 0x900...0x97F, 0x1100...0x11FF, 0x2000...0x206F, 0x2150...0x218F,
      0x3040...0x30FF, 0x4E00...0x9FFF, 0xAC00...0xD7A3, 0x1F300...0x1F6FF, 0x0...0x10FFFF,
    ]
    var text = String.UnicodeScalarView()
    var run = ranges[0]
    for _ in 0..<Int.random(in: 0...120, using: &generator) {
      if Int.random(in: 0..<4, using: &generator) == 0 {
        run = ranges.randomElement(using: &generator) ?? run
      }
      guard let scalar = Unicode.Scalar(UInt32.random(in: run, using: &generator)),
        !String(scalar).utf8.contains(where: missing.contains)
      else { continue }
      text.append(scalar)
    }
    let ids = tokenizer.encode(String(text), recognisesSpecialTokens: false)
    #expect(try tokenizer.bytes(of: ids) == Array(String(text).utf8))
    // The second time from the cache.
    #expect(tokenizer.encode(String(text), recognisesSpecialTokens: false) == ids)
  }

  @Test func aLongRunWithoutBreaksIsEncoded() throws {
    for unit in ["a", "ab", "東京", " ", "\n", "!?"] {
      let text = String(repeating: unit, count: 20_000)
      let ids = tokenizer.encode(text)
      #expect(try tokenizer.decode(ids) == text)
      #expect(ids.count < 20_000 * unit.utf8.count)
    }
  }

  @Test func specialTokensAreKnownByNameAndCanBeSkipped() throws {
    let end = try #require(tokenizer.addedTokenID("<|im_end|>"))
    #expect(end == 2)
    #expect(tokenizer.isSpecial(end))
    #expect(tokenizer.vocabularySize == 49152)
    let ids = tokenizer.encode("Hello<|im_end|>")
    #expect(try tokenizer.decode(ids) == "Hello<|im_end|>")
    #expect(try tokenizer.decode(ids, skipsSpecialTokens: true) == "Hello")
    #expect(tokenizer.encode("Hello", addsSpecialTokens: true) == tokenizer.encode("Hello"))
  }

  @Test(arguments: [-1, 49152, Int.max])
  func anIDOutsideTheVocabularyIsRefused(id: Int) {
    #expect(throws: LanguageModelError.tokenOutsideVocabulary(id: id, vocabulary: 49152)) {
      try tokenizer.decode([81, id])
    }
  }

  @Test func threadsShareATokenizer() async {
    let texts = golden.cases.map(\.text)
    let expected = golden.cases.map(\.ids)
    await withTaskGroup(of: [[Int]].self) { group in
      for _ in 0..<8 {
        group.addTask { [tokenizer] in texts.map { tokenizer.encode($0) } }
      }
      for await ids in group { #expect(ids == expected) }
    }
  }
}

/// The real model's tokenizer, read once for all tests.
enum SmolLM2 {
  private static let loaded = Result { try Tokenizer(GGUFModel(path: RealModel.path)) }

  static var tokenizer: Tokenizer {
    get throws { try loaded.get() }
  }
}

import Foundation
import LanguageModel
import ModelFiles
import TestSupport
import Testing

@Suite struct TokenizerFileTests {
  private static let path = "tokenizer.json"

  /// The smallest tokenizer: `a`, `b`, `c`, space, the merges `ab`, `bc`, `abc` and an added token.
  private func json(_ changes: [String: JSONValue] = [:]) -> String {
    var members: [String: JSONValue] = [
      "added_tokens": parse(
        #"[{"id":7,"content":"<end>","single_word":false,"lstrip":false,"rstrip":false,"special":true}]"#
      ),
      "normalizer": .null,
      "pre_tokenizer": parse(
        #"{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}"#),
      "post_processor": .null,
      "decoder": parse(#"{"type":"ByteLevel"}"#),
      "model": model(merges: #"["b c","a b","a bc"]"#),
    ]
    members.merge(changes) { $1 }
    return JSONValue.object(JSONObject(members.map { .init($0.key, $0.value) })).text()
  }

  private func model(merges: String, more: String = "") -> JSONValue {
    parse(
      #"{"type":"BPE","vocab":{"a":0,"b":1,"c":2,"Ġ":3,"ab":4,"bc":5,"abc":6},"merges":\#(merges)\#(more)}"#
    )
  }

  private func parse(_ text: String) -> JSONValue {
    (try? JSONValue.parse(Array(text.utf8), path: "")) ?? .null
  }

  private func tokenizer(_ changes: [String: JSONValue] = [:]) throws -> Tokenizer {
    try Tokenizer(text: Array(json(changes).utf8), path: Self.path)
  }

  @Test func mergesGoByRankThenFromTheLeft() throws {
    #expect(try tokenizer().encode("abc") == [6])
    #expect(try tokenizer().encode("ab bcab") == [4, 3, 5, 4])
    let other = try tokenizer(["model": model(merges: #"[["a","b"],["b","c"],["a","bc"]]"#)])
    #expect(other.encode("abc") == [4, 2])
  }

  @Test func wholeWordsMayGoUnmerged() throws {
    let whole = try tokenizer([
      "model": model(merges: #"["a b"]"#, more: #","ignore_merges":true"#)
    ])
    #expect(whole.encode("abc") == [6])
    #expect(whole.encode("abca") == [4, 2, 0])
  }

  @Test func addedTokensAreTakenLongestFirstAndMaySwallowSpaces() throws {
    let tokens = #"""
      [{"id":7,"content":"<e>","special":true},{"id":8,"content":"<e><e>","special":false},
      {"id":9,"content":"|","lstrip":true,"rstrip":true,"special":true}]
      """#
    let tokenizer = try tokenizer(["added_tokens": parse(tokens)])
    #expect(tokenizer.encode("a<e><e><e>b") == [0, 8, 7, 1])
    #expect(tokenizer.encode("a  |  b") == [0, 9, 1])
    // `<`, `e` and `>` are not in this vocabulary.
    #expect(tokenizer.encode("a<e>b<e><e>", recognisesSpecialTokens: false) == [0, 1, 8])
    #expect(try tokenizer.decode([0, 8, 9]) == "a<e><e>|")
  }

  @Test func aTemplatePutsTokensAroundTheText() throws {
    let template = #"""
      {"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<end>","type_id":0}},
      {"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"<end>","type_id":0}}],
      "special_tokens":{"<end>":{"id":"<end>","ids":[7],"tokens":["<end>"]}}}
      """#
    let tokenizer = try tokenizer(["post_processor": parse(template)])
    #expect(tokenizer.encode("a", addsSpecialTokens: true) == [7, 0, 7])
    #expect(tokenizer.encode("a") == [0])
  }

  @Test(arguments: [
    ("normalizer", #"{"type":"NFC"}"#, "normalizer 'NFC'"),
    ("decoder", #"{"type":"Metaspace"}"#, "decoder 'Metaspace'"),
    ("pre_tokenizer", #"{"type":"Metaspace"}"#, "pre-tokenizer 'Metaspace'"),
    ("pre_tokenizer", #"{"type":"ByteLevel"}"#, "add_prefix_space"),
    ("post_processor", #"{"type":"BertProcessing"}"#, "post-processor 'BertProcessing'"),
    ("model", #"{"type":"Unigram","vocab":[]}"#, "tokenizer model 'Unigram'"),
    ("model", #"{"type":"BPE","vocab":{},"merges":[],"byte_fallback":true}"#, "byte_fallback"),
    (
      "model", #"{"type":"BPE","vocab":{"a":0},"merges":[],"unk_token":"a"}"#,
      "unk_token with an incomplete byte alphabet"
    ),
    (
      "added_tokens", #"[{"id":1,"content":"x","single_word":true}]"#,
      "added token of whole words"
    ),
  ])
  func whatIsNotDoneIsRefusedByName(key: String, value: String, feature: String) {
    #expect(throws: ModelFileError.unsupportedFeature(path: Self.path, feature: feature)) {
      try tokenizer([key: parse(value)])
    }
  }

  @Test(arguments: [
    ("model", #"{"type":"BPE","vocab":{"a":0,"b":0},"merges":[]}"#, "model.vocab"),
    ("model", #"{"type":"BPE","vocab":{"a":-1},"merges":[]}"#, "model.vocab"),
    ("model", #"{"type":"BPE","vocab":{"a":4194304},"merges":[]}"#, "model.vocab"),
    ("model", #"{"type":"BPE","vocab":{"a":0},"merges":["a a"]}"#, "model.merges"),
    ("model", #"{"type":"BPE","vocab":{"a":0},"merges":["a"]}"#, "model.merges"),
    ("model", #"{"type":"BPE","vocab":{"a":0}}"#, "model.merges"),
    ("model", #"{"type":"BPE","merges":[]}"#, "model.vocab"),
    ("added_tokens", #"[{"id":4294967296,"content":"x"}]"#, "added_tokens.id"),
    ("added_tokens", #"[{"id":1}]"#, "added_tokens"),
  ])
  func aFaultyTableIsNamed(key: String, value: String, faultyKey: String) {
    let error = #expect(throws: ModelFileError.self) { try tokenizer([key: parse(value)]) }
    guard case .invalidValue(Self.path, faultyKey, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func damagedFilesAreReadOrRefused() throws {
    var generator = SeededGenerator(seed: 5)
    let original = Array(json().utf8)
    for _ in 0..<3000 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        let position = Int.random(in: 0..<bytes.count, using: &generator)
        if Bool.random(using: &generator) {
          bytes[position] = .random(in: 0x20...0x7E, using: &generator)
        } else {
          bytes.remove(at: position)
        }
      }
      do {
        let tokenizer = try Tokenizer(text: bytes, path: Self.path)
        _ = tokenizer.encode("abc <end> cab", addsSpecialTokens: true)
      } catch is ModelFileError {}
    }
  }

  /// Merging with a queue gives what the definition gives, for random merges and words.
  @Test(arguments: 0..<30)
  func mergingAgreesWithTheDefinition(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    var tokens = ["a", "b", "c"]
    var merges: [(String, String)] = []
    while merges.count < 25 {
      let left = tokens.randomElement(using: &generator) ?? "a"
      let right = tokens.randomElement(using: &generator) ?? "a"
      guard left.count + right.count < 12, !merges.contains(where: { $0 == (left, right) }) else {
        continue
      }
      merges.append((left, right))
      if !tokens.contains(left + right) { tokens.append(left + right) }
    }
    let vocabulary = tokens.enumerated().map { "\"\($1)\":\($0)" }.joined(separator: ",")
    let pairs = merges.map { "[\"\($0.0)\",\"\($0.1)\"]" }.joined(separator: ",")
    let tokenizer = try tokenizer([
      "model": parse("{\"vocab\":{\(vocabulary)},\"merges\":[\(pairs)]}")
    ])
    for _ in 0..<40 {
      let word = (0..<Int.random(in: 1...90, using: &generator)).map { _ in
        ["a", "b", "c"].randomElement(using: &generator) ?? "a"
      }
      var symbols = word
      while let best = symbols.indices.dropLast().compactMap({ position in
        merges.firstIndex { $0 == (symbols[position], symbols[position + 1]) }
          .map { (rank: $0, position: position) }
      }).min(by: { ($0.rank, $0.position) < ($1.rank, $1.position) }) {
        symbols[best.position] += symbols.remove(at: best.position + 1)
      }
      #expect(
        tokenizer.encode(word.joined()) == symbols.compactMap { tokens.firstIndex(of: $0) })
    }
  }
}

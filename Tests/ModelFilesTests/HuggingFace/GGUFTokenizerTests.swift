import Foundation
import ModelFiles
import TestSupport
import Testing

@Suite struct GGUFTokenizerTests {
  private func open(_ change: (inout GGUFBuilder) -> Void = { _ in }) throws -> GGUFModel {
    let directory = try TemporaryDirectory()
    var builder = GGUFBuilder()
    builder.entry("general.architecture", "llama")
    for key in [
      "block_count", "embedding_length", "feed_forward_length", "attention.head_count",
    ] {
      builder.entry("llama.\(key)", key == "embedding_length" ? 2 : 1)
    }
    builder.entry("llama.context_length", 99)
    builder.entry("llama.attention.layer_norm_rms_epsilon", Float(1e-6))
    builder.entry("tokenizer.ggml.model", "gpt2")
    builder.entry("tokenizer.ggml.bos_token_id", 0)
    builder.zeros("token_embd.weight", rows: 4, columns: 2)
    change(&builder)
    return try GGUFModel(path: builder.write(into: directory))
  }

  private func addVocabulary(to builder: inout GGUFBuilder) {
    builder.entry("tokenizer.ggml.pre", "smollm")
    builder.entry("tokenizer.ggml.tokens", ["<s>", "a", "b", "ab"])
    builder.entry("tokenizer.ggml.token_type", [3, 1, 1, 4])
    builder.entry("tokenizer.ggml.merges", ["a b"])
    builder.entry("tokenizer.chat_template", "{{ x }}")
  }

  @Test func theTextSaysWhatTheMetadataSay() throws {
    let text = try open(addVocabulary).tokenizerText()
    let root = try #require(JSONValue.parse(Array(text.utf8), path: "").objectValue)
    let added = try #require(root["added_tokens"]?.arrayValue).compactMap(\.objectValue)
    #expect(added.map { $0["content"]?.stringValue } == ["<s>", "ab"])
    #expect(added.map { $0["special"]?.boolValue } == [true, false])
    let model = try #require(root["model"]?.objectValue)
    #expect(model["merges"] == .array([.array([.string("a"), .string("b")])]))
    #expect(model["vocab"]?.objectValue?["ab"] == .integer(3))
    #expect(root["post_processor"] == .null)
    // The same metadata, the same text.
    #expect(try open(addVocabulary).tokenizerText() == text)
  }

  /// Hugging Face's library wrote the file that the tokenizer cases were made with; its hash stands
  /// beside them, and ours has to be the same file.
  @Test func theRealTokenizerIsTheFileThatHuggingFaceWrites() throws {
    struct Reference: Decodable {
      let digest: String

      enum CodingKeys: String, CodingKey {
        case digest = "tokenizer_json_sha256"
      }
    }
    let directory = try TemporaryDirectory()
    let path = directory.path("tokenizer.json")
    let text = try GGUFModel(path: RealModel.path).tokenizerText()
    try AtomicFile.write(Array(text.utf8), to: path)
    let reference = try Golden.json(Reference.self, "smollm2/smollm2-tokenizer-cases.json")
    #expect(try sha256(ofFileAt: path) == reference.digest)
  }

  private func sha256(ofFileAt path: String) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["sha256sum", path]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let digest = output.fileHandleForReading.readDataToEndOfFile().prefix(64)
    process.waitUntilExit()
    return String(decoding: digest, as: UTF8.self)
  }

  @Test func theChatTemplateGoesIntoTheTokenizerConfiguration() throws {
    let text = try open(addVocabulary).tokenizerConfigurationText()
    let root = try #require(JSONValue.parse(Array(text.utf8), path: "").objectValue)
    #expect(root["chat_template"] == .string("{{ x }}"))
    #expect(root["bos_token"] == .string("<s>"))
    #expect(root["add_bos_token"] == .bool(false))
    #expect(root["eos_token"] == .null)
    #expect(root["model_max_length"] == .integer(99))
  }

  @Test func aBeginningIsAddedWhereTheMetadataAskForIt() throws {
    let model = try open {
      addVocabulary(to: &$0)
      $0.entry("tokenizer.ggml.add_bos_token", true)
    }
    let root = try JSONValue.parse(Array(model.tokenizerText().utf8), path: "").objectValue
    let processor = try #require(root?["post_processor"]?.objectValue)
    #expect(processor["type"] == .string("TemplateProcessing"))
    #expect(processor["single"]?.arrayValue?.count == 2)
  }

  @Test func whatIsNotByteLevelIsRefusedByName() throws {
    func expect(_ feature: String, _ change: (inout GGUFBuilder) -> Void) throws {
      let model = try open(change)
      let path = model.file.path
      #expect(throws: ModelFileError.unsupportedFeature(path: path, feature: feature)) {
        try model.tokenizerText()
      }
    }
    try expect("pre-tokenizer 'tekken'") {
      $0.entry("tokenizer.ggml.pre", "tekken")
      $0.entry("tokenizer.ggml.tokens", ["a"])
    }
    let file = try GGUFFile(path: Golden.path("gguf/tiny-llama-mixed.gguf"))
    let model = try GGUFModel(file: file, refusingUnsupportedTypes: false)
    #expect(
      throws: ModelFileError.unsupportedFeature(path: file.path, feature: "tokenizer 'llama'")
    ) { try model.tokenizerText() }
  }

  @Test func faultyVocabulariesAreRefused() throws {
    func fault(_ tokens: [String], _ types: [Int32], _ merges: [String]) throws -> String? {
      let model = try open {
        $0.entry("tokenizer.ggml.pre", "smollm")
        $0.entry("tokenizer.ggml.tokens", tokens)
        $0.entry("tokenizer.ggml.token_type", types)
        $0.entry("tokenizer.ggml.merges", merges)
      }
      do {
        _ = try model.tokenizerText()
        return nil
      } catch ModelFileError.invalidValue(_, let key, .outOfRange) {
        return key
      }
    }
    #expect(try fault(["a", "b"], [1, 1], ["a b"]) == nil)
    #expect(try fault(["a", "a"], [1, 1], []) == "tokenizer.ggml.tokens")
    #expect(try fault(["a", "b"], [1], []) == "tokenizer.ggml.token_type")
    #expect(try fault(["a", "b"], [1, 1], ["a b c"]) == "tokenizer.ggml.merges")
    #expect(try fault(["a", "b"], [1, 1], ["ab"]) == "tokenizer.ggml.merges")
  }
}

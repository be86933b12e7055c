import Foundation
import ModelFiles
import TestSupport
import Testing

@Suite struct ModelConfigurationTests {
  private func golden(_ name: String) throws -> ModelConfiguration {
    try ModelConfiguration(contentsOf: Golden.path("archs/\(name)/config.json"))
  }

  /// The golden llama's `config.json` with some members removed and some replaced.
  private func configuration(
    removing: Set<String> = [], _ changes: [String: JSONValue] = [:]
  ) throws -> ModelConfiguration {
    let json = try JSONValue.parse(contentsOf: Golden.path("archs/llama/config.json"))
    var members = try #require(json.objectValue).members
    members.removeAll { removing.contains($0.name) || changes[$0.name] != nil }
    members += changes.map { .init($0.key, $0.value) }
    return try ModelConfiguration(json: .object(JSONObject(members)), path: "config.json")
  }

  @Test func theLlamaConfigurationIsRead() throws {
    let llama = try golden("llama")
    #expect(llama.architecture == .llama)
    #expect(llama.hiddenSize == 48)
    #expect(llama.intermediateSize == 90)
    #expect(llama.layerCount == 3)
    #expect(llama.headCount == 6)
    #expect(llama.keyValueHeadCount == 2)
    #expect(llama.headDimension == 8)
    #expect(llama.vocabularySize == 288)
    #expect(llama.normEpsilon == 1e-5)
    #expect(llama.ropeTheta == 10_000)
    #expect(llama.ropeScaling == .none)
    #expect(llama.tiesEmbeddings)
    #expect(!llama.hasAttentionBias)
    #expect(!llama.hasMLPBias)
    #expect(llama.slidingWindow == nil)
    #expect(llama.maxPositions == 64)
    #expect(llama.beginningOfSequenceID == 1)
    #expect(llama.endOfSequenceIDs == [2])
    #expect(llama.activation == .silu)
    #expect(llama.architecture.isSupported)
  }

  @Test func llama3HasScaledFrequenciesAndItsOwnHeadWidth() throws {
    let llama3 = try golden("llama3")
    #expect(
      llama3.ropeScaling
        == .llama3(
          factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalMaxPositions: 32))
    #expect(llama3.headDimension == 24)
    #expect(llama3.ropeTheta == 500_000)
    #expect(!llama3.tiesEmbeddings)
  }

  struct Implied: Sendable {
    let architecture: ModelArchitecture
    let headDimension: Int
    let tied: Bool
    var window: Int?
    var attentionBias = false
  }

  /// What each config means although it does not say so, from the table in the golden README.
  @Test(arguments: [
    Implied(architecture: .mistral, headDimension: 8, tied: false, window: 8),
    Implied(architecture: .qwen2, headDimension: 10, tied: true, attentionBias: true),
    Implied(architecture: .qwen3, headDimension: 16, tied: false),
    Implied(architecture: .gemma2, headDimension: 16, tied: true, window: 6),
    Implied(architecture: .gpt2, headDimension: 10, tied: true, attentionBias: true),
    Implied(architecture: .gptj, headDimension: 10, tied: false),
  ])
  func defaultsFollowTheArchitecture(implied: Implied) throws {
    let configuration = try golden(implied.architecture.rawValue)
    #expect(configuration.architecture == implied.architecture)
    #expect(configuration.architecture.isSupported == (implied.architecture == .mistral))
    #expect(configuration.headDimension == implied.headDimension)
    #expect(configuration.tiesEmbeddings == implied.tied)
    #expect(configuration.slidingWindow == implied.window)
    #expect(configuration.hasAttentionBias == implied.attentionBias)
  }

  @Test func intermediateSizeOfGPT2IsFourTimesItsWidth() throws {
    #expect(try golden("gpt2").intermediateSize == 160)
    #expect(try golden("gpt2").activation == .geluTanh)
  }

  @Test func absentMembersOfOldLlamaFilesHaveTheirDefaults() throws {
    let old = try configuration(removing: [
      "head_dim", "num_key_value_heads", "tie_word_embeddings", "rope_theta", "attention_bias",
      "mlp_bias", "rope_scaling", "bos_token_id", "eos_token_id",
    ])
    #expect(old.headDimension == 8)
    #expect(old.keyValueHeadCount == 6)
    #expect(!old.tiesEmbeddings)
    #expect(old.ropeTheta == 10_000)
    #expect(old.beginningOfSequenceID == nil)
    #expect(old.endOfSequenceIDs.isEmpty)
  }

  @Test func severalEndsOfSequenceAreKept() throws {
    let ids = JSONValue.array([.integer(7), .integer(9)])
    #expect(try configuration(["eos_token_id": ids]).endOfSequenceIDs == [7, 9])
  }

  @Test func rotaryParametersMayStandTogether() throws {
    let parameters = JSONValue.object(
      .init([.init("rope_theta", .number(5e5)), .init("rope_type", .string("default"))]))
    let configuration = try configuration(
      removing: ["rope_theta", "rope_scaling"], ["rope_parameters": parameters])
    #expect(configuration.ropeTheta == 500_000)
    #expect(configuration.ropeScaling == .none)
  }

  @Test(arguments: [
    ("model_type", JSONValue.string("mamba"), "architecture 'mamba'"),
    ("hidden_act", .string("relu2"), "activation 'relu2'"),
    ("rope_scaling", .object(.init([.init("type", .string("yarn"))])), "rope scaling 'yarn'"),
    (
      "quantization_config", .object(.init([.init("quant_method", .string("gptq"))])),
      "quantization method 'gptq'"
    ),
  ])
  func whatIsKnownOnlyByNameIsRefusedByName(key: String, value: JSONValue, feature: String) {
    #expect(throws: ModelFileError.unsupportedFeature(path: "config.json", feature: feature)) {
      try configuration([key: value])
    }
  }

  @Test(arguments: ["model_type", "hidden_size", "intermediate_size", "rms_norm_eps", "hidden_act"])
  func whatHasNoDefaultMustBeThere(key: String) {
    #expect(throws: ModelFileError.invalidValue(path: "config.json", key: key, fault: .missing)) {
      try configuration(removing: [key])
    }
  }

  @Test(arguments: [
    ("vocab_size", JSONValue.null, ValueFault.missing),
    ("num_hidden_layers", .number(2.5), .wrongKind(expected: "integer")),
    ("rms_norm_eps", .string("1e-5"), .wrongKind(expected: "number")),
    ("tie_word_embeddings", .integer(1), .wrongKind(expected: "truth value")),
    ("eos_token_id", .string("x"), .wrongKind(expected: "token id or list of them")),
  ])
  func aWrongValueIsNamed(key: String, value: JSONValue, fault: ValueFault) {
    #expect(throws: ModelFileError.invalidValue(path: "config.json", key: key, fault: fault)) {
      try configuration([key: value])
    }
  }

  @Test(arguments: [
    ("hidden_size", JSONValue.integer(0)), ("vocab_size", .integer(1 << 31)),
    ("num_hidden_layers", .integer(-1)), ("num_key_value_heads", .integer(4)),
    ("head_dim", .integer(7)), ("rope_theta", .integer(0)), ("rms_norm_eps", .number(-1e-5)),
  ])
  func aValueOutOfRangeIsNamed(key: String, value: JSONValue) {
    let error = #expect(throws: ModelFileError.self) { try configuration([key: value]) }
    guard case .invalidValue("config.json", key, .outOfRange) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }
}

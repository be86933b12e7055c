import Foundation
import ModelFiles
import TestSupport
import Testing

@Suite struct GGUFModelTests {
  @Test func configurationComesFromTheMetadata() throws {
    let file = try GGUFFile(path: Golden.path("gguf/tiny-llama-mixed.gguf"))
    let model = try GGUFModel(file: file, refusingUnsupportedTypes: false)
    // The golden llama differs from it in these.
    var expected = try ModelConfiguration(contentsOf: Golden.path("archs/llama/config.json"))
    expected.hiddenSize = 32
    expected.intermediateSize = 256
    expected.layerCount = 2
    expected.headCount = 4
    expected.vocabularySize = 64
    expected.tiesEmbeddings = false
    #expect(model.configuration == expected)
    #expect(
      try ModelConfiguration(text: Array(model.configurationText.utf8), path: "") == expected)
    #expect(model.configurationText.contains("\"rms_norm_eps\": 1e-05,"))
    #expect(model.tensors.count == 15)
  }

  @Test func theRealModelIsSeenAsHuggingFaceLaysItOut() throws {
    let model = try GGUFModel(path: RealModel.path)
    let configuration = model.configuration
    #expect(configuration.hiddenSize == 576)
    #expect(configuration.intermediateSize == 1536)
    #expect(configuration.layerCount == 30)
    #expect(configuration.headCount == 9)
    #expect(configuration.keyValueHeadCount == 3)
    #expect(configuration.headDimension == 64)
    #expect(configuration.vocabularySize == 49152)
    #expect(configuration.ropeTheta == 100_000)
    #expect(configuration.tiesEmbeddings)
    #expect(configuration.maxPositions == 8192)
    #expect(configuration.endOfSequenceIDs == [2])
    // Embeddings, last norm, and nine tensors a layer.
    #expect(Set(model.tensors.map(\.name)).count == 2 + 9 * 30)
    let parameters = model.tensors.reduce(0) { $0 + $1.stored.count }
    #expect(parameters == 134_515_008)
  }

  @Test func aTensorOfAnotherTypeIsRefusedByName() throws {
    let path = Golden.path("gguf/tiny-llama-mixed.gguf")
    #expect(
      throws: ModelFileError.unsupportedElementType(
        path: path, tensor: "output.weight", type: "Q5_1")
    ) { try GGUFModel(path: path) }
    let other = Golden.path("gguf/extra-types.gguf")
    #expect(throws: ModelFileError.self) { try GGUFModel(path: other) }
  }

  /// A model of one layer, two query heads and one key head of width 4, all zeros.
  private func tinyModel() -> GGUFBuilder {
    var builder = GGUFBuilder()
    builder.entry("general.architecture", "llama")
    for (key, value) in [
      ("block_count", 1), ("context_length", 16), ("embedding_length", 8),
      ("feed_forward_length", 12), ("attention.head_count", 2), ("attention.head_count_kv", 1),
    ] {
      builder.entry("llama.\(key)", value)
    }
    builder.entry("llama.attention.layer_norm_rms_epsilon", Float(1e-6))
    builder.zeros("token_embd.weight", rows: 6, columns: 8)
    builder.zeros("output_norm.weight", rows: 1, columns: 8)
    builder.zeros("blk.0.attn_q.weight", rows: 8, columns: 8)
    builder.zeros("blk.0.attn_k.weight", rows: 4, columns: 8)
    builder.zeros("blk.0.ffn_gate.weight", rows: 12, columns: 8)
    return builder
  }

  private func open(_ change: (inout GGUFBuilder) -> Void = { _ in }) throws -> GGUFModel {
    let directory = try TemporaryDirectory()
    var builder = tinyModel()
    change(&builder)
    return try GGUFModel(path: builder.write(into: directory))
  }

  @Test func namesAreHuggingFaces() throws {
    #expect(
      try open().tensors.map(\.name) == [
        "model.embed_tokens.weight", "model.layers.0.mlp.gate_proj.weight",
        "model.layers.0.self_attn.k_proj.weight", "model.layers.0.self_attn.q_proj.weight",
        "model.norm.weight",
      ])
    #expect(try open().configuration.tiesEmbeddings)
  }

  /// The permutation written out as llama.cpp's converter defines it, on the rows' numbers:
  /// `reshape(heads, 2, d/2).swapaxes(1, 2)` takes Hugging Face's rows to the stored ones.
  @Test func queryAndKeyRowsAreUninterleaved() throws {
    let (heads, width) = (2, 4)
    var stored: [Int] = []
    for head in 0..<heads {
      for pair in 0..<(width / 2) {
        for half in 0..<2 { stored.append(head * width + half * width / 2 + pair) }
      }
    }
    // The converter's output as a file: each row is filled with the number of its origin.
    let model = try open { builder in
      let query = 6 * 8 * 4 + 32
      for (row, origin) in stored.enumerated() {
        for byte in 0..<32 { builder.data[query + 32 * row + byte] = UInt8(origin) }
      }
    }
    let query = try #require(model.tensors.first { $0.name.contains("q_proj") })
    #expect(query.rowOrder == .interleavedHalves(headDimension: width))
    #expect(query.bytesPerRow == 32)
    for row in 0..<(heads * width) {
      #expect(query.row(row).allSatisfy { $0 == UInt8(row) }, "\(row)")
    }
    let gate = try #require(model.tensors.first { $0.name.contains("gate_proj") })
    #expect(gate.rowOrder == .asStored)
  }

  @Test func variantsAreRefusedByName() throws {
    func feature(_ change: (inout GGUFBuilder) -> Void) throws -> String? {
      do {
        _ = try open(change)
        return nil
      } catch ModelFileError.unsupportedFeature(_, let feature) {
        return feature
      }
    }
    #expect(try feature { $0.entry("llama.expert_count", 8) } == "mixture of 8 experts")
    #expect(
      try feature { $0.entry("llama.rope.scaling.type", "yarn") } == "rope scaling 'yarn'")
    #expect(
      try feature { $0.zeros("rope_freqs.weight", rows: 1, columns: 2) }
        == "rope scaling by the tensor 'rope_freqs.weight'")
    #expect(
      try feature { $0.zeros("blk.0.attn_norm_2.weight", rows: 1, columns: 8) }
        == "tensor 'blk.0.attn_norm_2.weight'")
    #expect(
      try feature { $0.zeros("blk.00.attn_norm.weight", rows: 1, columns: 8) }
        == "tensor 'blk.00.attn_norm.weight'")
    #expect(
      try feature { $0.zeros("blk.1.attn_norm.weight", rows: 1, columns: 8) }
        == "tensor 'blk.1.attn_norm.weight'")
    #expect(
      try feature { $0.zeros("blk.0.attn_q.bias", rows: 1, columns: 8) } == "biases in attn_q alone"
    )
    #expect(
      try feature { $0.entry("llama.rope.dimension_count", 2) }
        == "rotation of 2 of 4 dimensions of a head")
  }

  @Test func contradictionsAreRefused() throws {
    #expect(throws: ModelFileError.self) { try open { $0.entry("llama.vocab_size", 7) } }
    #expect(throws: ModelFileError.self) { try open { $0.entry("llama.attention.key_length", 6) } }
  }
}

/// Makes a `config.json` out of the metadata of a GGUF file.
struct GGUFConfiguration {
  let file: GGUFFile

  private var metadata: GGUFMetadata { file.metadata }

  /// The configuration, members sorted by name as Hugging Face writes them.
  ///
  /// - Throws: `ModelFileError.unsupportedFeature`, `.invalidValue`, `.missingTensor`.
  var json: JSONValue {
    get throws {
      let architecture = try required("general.architecture", metadata.string)
      guard architecture == ModelArchitecture.llama.rawValue else {
        throw unsupported("architecture '\(architecture)'")
      }
      try refuseVariants()

      let hiddenSize = try size("llama.embedding_length")
      let heads = try size("llama.attention.head_count")
      let headDimension = try headDimension(hiddenSize: hiddenSize, heads: heads)
      let members: [(String, JSONValue)] = [
        ("architectures", .array([.string(ModelArchitecture.llama.className)])),
        ("attention_bias", .bool(try hasBiases(["attn_q", "attn_k", "attn_v", "attn_output"]))),
        ("bos_token_id", try tokenID("tokenizer.ggml.bos_token_id")),
        ("eos_token_id", try tokenID("tokenizer.ggml.eos_token_id")),
        ("head_dim", integer(headDimension)),
        // GGUF's llama does not say; every model of that name uses it.
        ("hidden_act", .string("silu")),
        ("hidden_size", integer(hiddenSize)),
        ("intermediate_size", integer(try size("llama.feed_forward_length"))),
        ("max_position_embeddings", integer(try size("llama.context_length"))),
        ("mlp_bias", .bool(try hasBiases(["ffn_gate", "ffn_up", "ffn_down"]))),
        ("model_type", .string(ModelArchitecture.llama.rawValue)),
        ("num_attention_heads", integer(heads)),
        ("num_hidden_layers", integer(try size("llama.block_count"))),
        (
          "num_key_value_heads",
          integer(try metadata.integer("llama.attention.head_count_kv") ?? heads)
        ),
        ("pad_token_id", try tokenID("tokenizer.ggml.padding_token_id")),
        (
          "rms_norm_eps",
          .number(try required("llama.attention.layer_norm_rms_epsilon", metadata.number))
        ),
        ("rope_scaling", .null),
        ("rope_theta", .number(try metadata.number("llama.rope.freq_base") ?? 10_000)),
        // A file without an output matrix means that the embeddings serve as one.
        ("tie_word_embeddings", .bool(file["output.weight"] == nil)),
        ("vocab_size", integer(try vocabularySize())),
      ]
      return .object(JSONObject(members.map { .init($0.0, $0.1) }))
    }
  }

  /// Features that would change the arithmetic and are not done here.
  private func refuseVariants() throws {
    if let experts = try metadata.integer("llama.expert_count"), experts > 0 {
      throw unsupported("mixture of \(experts) experts")
    }
    if let scaling = try metadata.string("llama.rope.scaling.type"), scaling != "none" {
      throw unsupported("rope scaling '\(scaling)'")
    }
    if metadata["llama.rope.scale_linear"] != nil { throw unsupported("rope scaling 'linear'") }
    // llama.cpp stores Llama 3's scaling as a list of divisors, not as its parameters.
    if file["rope_freqs.weight"] != nil {
      throw unsupported("rope scaling by the tensor 'rope_freqs.weight'")
    }
  }

  private func headDimension(hiddenSize: Int, heads: Int) throws -> Int {
    let keyLength = try metadata.integer("llama.attention.key_length")
    if let valueLength = try metadata.integer("llama.attention.value_length"),
      valueLength != keyLength
    {
      throw unsupported("values of another width than keys")
    }
    let headDimension = keyLength ?? hiddenSize / heads
    if let rotated = try metadata.integer("llama.rope.dimension_count"), rotated != headDimension {
      throw unsupported("rotation of \(rotated) of \(headDimension) dimensions of a head")
    }
    return headDimension
  }

  /// Whether all matrices of these kinds have biases; some with and some without is no Llama.
  private func hasBiases(_ kinds: [String]) throws -> Bool {
    let found = kinds.filter { file["blk.0.\($0).bias"] != nil }
    guard found.isEmpty || found.count == kinds.count else {
      throw unsupported("biases in \(found.joined(separator: ", ")) alone")
    }
    return !found.isEmpty
  }

  /// The rows of the embedding matrix; the metadata need not say, but must not contradict.
  private func vocabularySize() throws -> Int {
    let name = "token_embd.weight"
    guard let tensor = file[name] else {
      throw ModelFileError.missingTensor(path: file.path, tensor: name)
    }
    guard tensor.shape.count == 2, tensor.shape[0] > 0 else {
      throw ModelFileError.unexpectedShape(path: file.path, tensor: name, shape: tensor.shape)
    }
    if let size = try metadata.integer("llama.vocab_size"), size != tensor.shape[0] {
      throw failure(
        "llama.vocab_size", .outOfRange(reason: "the embeddings have \(tensor.shape[0]) rows"))
    }
    return tensor.shape[0]
  }

  /// A positive integer.
  private func size(_ key: String) throws -> Int {
    let size = try required(key, metadata.integer)
    guard size > 0 else { throw failure(key, .outOfRange(reason: "\(size) is not positive")) }
    return size
  }

  private func tokenID(_ key: String) throws -> JSONValue {
    try metadata.integer(key).map(integer) ?? .null
  }

  private func integer(_ value: Int) -> JSONValue { .integer(Int64(value)) }

  private func required<Value>(_ key: String, _ read: (String) throws -> Value?) throws -> Value {
    guard let value = try read(key) else { throw failure(key, .missing) }
    return value
  }

  private func failure(_ key: String, _ fault: ValueFault) -> ModelFileError {
    .invalidValue(path: file.path, key: key, fault: fault)
  }

  private func unsupported(_ feature: String) -> ModelFileError {
    .unsupportedFeature(path: file.path, feature: feature)
  }
}

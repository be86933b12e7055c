extension GGUFModel {
  /// `tokenizer.json` made from the metadata, byte for byte what Hugging Face's library writes for
  /// the same tokenizer (which ends without a line feed).
  ///
  /// - Throws: `ModelFileError.unsupportedFeature` for another kind of tokenizer than byte-level
  ///   BPE or a pre-tokenizer not known here; `ModelFileError.invalidValue`.
  package func tokenizerText() throws -> String {
    try GGUFTokenizer(file: file).tokenizer.text(indented: true)
  }

  /// `tokenizer_config.json` made from the metadata, chat template included, ending in a line feed.
  ///
  /// - Throws: `ModelFileError.invalidValue`.
  package func tokenizerConfigurationText() throws -> String {
    try GGUFTokenizer(file: file).configuration.text(indented: true) + "\n"
  }
}

/// Makes Hugging Face's tokenizer files out of the metadata of a GGUF file.
struct GGUFTokenizer {
  let file: GGUFFile

  private static let tokensKey = "tokenizer.ggml.tokens"
  private static let mergesKey = "tokenizer.ggml.merges"
  private static let typesKey = "tokenizer.ggml.token_type"

  /// What `tokenizer.ggml.token_type` says of a token; the other numbers mean plain vocabulary.
  private enum TokenType: Int {
    case unknown = 2
    case control = 3
    case userDefined = 4
  }

  private var metadata: GGUFMetadata { file.metadata }

  /// `tokenizer.json`.
  var tokenizer: JSONValue {
    get throws {
      let kind = try required("tokenizer.ggml.model", metadata.string)
      guard kind == "gpt2" else { throw unsupported("tokenizer '\(kind)'") }
      let tokens = try required(Self.tokensKey, metadata.strings)
      return object([
        ("version", .string("1.0")),
        ("truncation", .null),
        ("padding", .null),
        ("added_tokens", .array(try addedTokens(tokens))),
        ("normalizer", .null),
        ("pre_tokenizer", try preTokenizer()),
        ("post_processor", try postProcessor(tokens)),
        // A decoder ignores the options of its kind; these are the library's defaults.
        ("decoder", byteLevel(addsPrefixSpace: true)),
        ("model", try model(tokens)),
      ])
    }
  }

  /// `tokenizer_config.json`: the names of the special tokens and the chat template.
  var configuration: JSONValue {
    get throws {
      let tokens = try metadata.strings(Self.tokensKey) ?? []
      func token(_ name: String) throws -> JSONValue {
        guard let id = try tokenID(name, tokens) else { return .null }
        return .string(tokens[id])
      }
      return object([
        ("add_bos_token", .bool(try metadata.bool("tokenizer.ggml.add_bos_token") ?? false)),
        ("add_prefix_space", .bool(false)),
        ("bos_token", try token("bos")),
        (
          "chat_template",
          try metadata.string("tokenizer.chat_template").map { .string($0) } ?? .null
        ),
        ("clean_up_tokenization_spaces", .bool(false)),
        ("eos_token", try token("eos")),
        (
          "model_max_length",
          try metadata.integer("llama.context_length").map { .integer(Int64($0)) } ?? .null
        ),
        ("pad_token", try token("padding")),
        ("tokenizer_class", .string("PreTrainedTokenizerFast")),
        ("unk_token", try token("unknown")),
      ])
    }
  }

  /// The tokens that are found in a text before anything else is done to it.
  private func addedTokens(_ tokens: [String]) throws -> [JSONValue] {
    guard let types = try metadata.integers(Self.typesKey) else { return [] }
    guard types.count == tokens.count else {
      throw failure(
        Self.typesKey, .outOfRange(reason: "\(types.count) types for \(tokens.count) tokens"))
    }
    return zip(tokens, types).enumerated().compactMap { id, entry in
      guard let type = TokenType(rawValue: entry.1) else { return nil }
      return object([
        ("id", .integer(Int64(id))),
        ("content", .string(entry.0)),
        ("single_word", .bool(false)),
        ("lstrip", .bool(false)),
        ("rstrip", .bool(false)),
        ("normalized", .bool(false)),
        ("special", .bool(type != .userDefined)),
      ])
    }
  }

  /// How a text is cut into words, by the name that llama.cpp gives to the tokenizer.
  private func preTokenizer() throws -> JSONValue {
    switch try required("tokenizer.ggml.pre", metadata.string) {
    case "smollm":
      return object([
        ("type", .string("Sequence")),
        (
          "pretokenizers",
          .array([
            object([("type", .string("Digits")), ("individual_digits", .bool(true))]),
            byteLevel(addsPrefixSpace: false),
          ])
        ),
      ])
    case "gpt-2", "gpt2": return byteLevel(addsPrefixSpace: false)
    case let name: throw unsupported("pre-tokenizer '\(name)'")
    }
  }

  /// Puts the beginning-of-sequence token in front, where the metadata asks for it.
  private func postProcessor(_ tokens: [String]) throws -> JSONValue {
    guard try metadata.bool("tokenizer.ggml.add_bos_token") ?? false else { return .null }
    guard let id = try tokenID("bos", tokens) else {
      throw failure("tokenizer.ggml.bos_token_id", .missing)
    }
    func sequence(_ name: String, type: Int64) -> JSONValue {
      object([("Sequence", object([("id", .string(name)), ("type_id", .integer(type))]))])
    }
    func token(type: Int64) -> JSONValue {
      object([
        ("SpecialToken", object([("id", .string(tokens[id])), ("type_id", .integer(type))]))
      ])
    }
    let entry = object([
      ("id", .string(tokens[id])), ("ids", .array([.integer(Int64(id))])),
      ("tokens", .array([.string(tokens[id])])),
    ])
    return object([
      ("type", .string("TemplateProcessing")),
      ("single", .array([token(type: 0), sequence("A", type: 0)])),
      (
        "pair",
        .array([
          token(type: 0), sequence("A", type: 0), token(type: 1), sequence("B", type: 1),
        ])
      ),
      ("special_tokens", object([(tokens[id], entry)])),
    ])
  }

  /// The vocabulary by id, and the merges by rank, each a pair of tokens.
  private func model(_ tokens: [String]) throws -> JSONValue {
    var vocabulary = JSONObject()
    for (id, token) in tokens.enumerated() {
      guard vocabulary.append(.init(token, .integer(Int64(id)))) else {
        throw failure(Self.tokensKey, .outOfRange(reason: "token \(id) occurs before"))
      }
    }
    let merges = try required(Self.mergesKey, metadata.strings).enumerated().map { rank, merge in
      let parts = merge.split(separator: " ", omittingEmptySubsequences: false)
      guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
        throw failure(Self.mergesKey, .outOfRange(reason: "merge \(rank) is not a pair"))
      }
      return JSONValue.array(parts.map { .string(String($0)) })
    }
    return object([
      ("type", .string("BPE")),
      ("dropout", .null),
      // With an unknown token, bytes that the vocabulary lacks would become it; GGUF's own number
      // for it serves other purposes, and the original tokenizers have none.
      ("unk_token", .null),
      ("continuing_subword_prefix", .null),
      ("end_of_word_suffix", .null),
      ("fuse_unk", .bool(false)),
      ("byte_fallback", .bool(false)),
      ("ignore_merges", .bool(false)),
      ("vocab", .object(vocabulary)),
      ("merges", .array(merges)),
    ])
  }

  private func byteLevel(addsPrefixSpace: Bool) -> JSONValue {
    object([
      ("type", .string("ByteLevel")), ("add_prefix_space", .bool(addsPrefixSpace)),
      ("trim_offsets", .bool(true)), ("use_regex", .bool(true)),
    ])
  }

  /// The id under `tokenizer.ggml.<name>_token_id`, checked against the vocabulary.
  private func tokenID(_ name: String, _ tokens: [String]) throws -> Int? {
    let key = "tokenizer.ggml.\(name)_token_id"
    guard let id = try metadata.integer(key) else { return nil }
    guard tokens.indices.contains(id) else {
      throw failure(key, .outOfRange(reason: "\(id) is no token of \(tokens.count)"))
    }
    return id
  }

  private func object(_ members: [(String, JSONValue)]) -> JSONValue {
    .object(JSONObject(members.map { .init($0.0, $0.1) }))
  }

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

/// What a model's `config.json` says about the shape and the arithmetic of the model.
///
/// Covers what the decoders known here have in common; what only an architecture that is not
/// supported yet needs (soft caps, partial rotation, alternating windows) is not read.
package struct ModelConfiguration: Sendable, Equatable {
  package var architecture: ModelArchitecture
  /// Width of the residual stream.
  package var hiddenSize: Int
  /// Width of the MLP.
  package var intermediateSize: Int
  package var layerCount: Int
  /// Query heads.
  package var headCount: Int
  /// Key and value heads; each serves `headCount / keyValueHeadCount` query heads.
  package var keyValueHeadCount: Int
  /// Width of one head. `headCount · headDimension` need not be `hiddenSize`.
  package var headDimension: Int
  package var vocabularySize: Int
  /// Added to the mean square (or the variance) in the norms.
  package var normEpsilon: Double
  /// Base of the rotary frequencies.
  package var ropeTheta: Double
  package var ropeScaling: RopeScaling
  /// Whether the output matrix is the embedding matrix.
  package var tiesEmbeddings: Bool
  /// Whether the query, key and value projections have biases.
  package var hasAttentionBias: Bool
  /// Whether the MLP's matrices have biases.
  package var hasMLPBias: Bool
  /// A position sees itself and the `slidingWindow − 1` before it; `nil` sees all before it.
  package var slidingWindow: Int?
  package var maxPositions: Int
  package var beginningOfSequenceID: Int?
  /// Any of them ends a generated text.
  package var endOfSequenceIDs: [Int]
  package var activation: Activation
}

extension ModelConfiguration {
  /// Reads a Hugging Face model directory's `config.json`.
  ///
  /// - Throws: `ModelFileError.inputOutput`, and as ``init(json:path:)``.
  package init(contentsOf path: String) throws {
    try self.init(json: JSONValue.parse(contentsOf: path), path: path)
  }

  /// Reads the text of a `config.json`.
  ///
  /// - Parameter path: The name of the file, for errors.
  /// - Throws: `ModelFileError.malformedJSON`, and as ``init(json:path:)``.
  package init(text: [UInt8], path: String) throws {
    try self.init(json: JSONValue.parse(text, path: path), path: path)
  }

  /// Reads a parsed `config.json`.
  ///
  /// Where a key is absent, Hugging Face's class default counts, which differs by architecture: the
  /// embeddings of GPT-2 and Gemma 2 are tied by default, the others' are not. Sizes have no
  /// default.
  ///
  /// - Throws: `ModelFileError.invalidValue`; `ModelFileError.unsupportedFeature` for an unknown
  ///   architecture, activation, rope scaling or a quantised checkpoint.
  package init(json: JSONValue, path: String) throws {
    guard let object = json.objectValue else {
      throw ModelFileError.invalidValue(
        path: path, key: "", fault: .wrongKind(expected: "object"))
    }
    let reader = ConfigurationReader(path: path, object: object)
    guard let type = try reader.string("model_type") else {
      throw reader.failure("model_type", .missing)
    }
    guard let architecture = ModelArchitecture(rawValue: type) else {
      throw reader.unsupported("architecture '\(type)'")
    }
    if let quantization = try reader.nested("quantization_config") {
      let method = try quantization.string("quant_method") ?? "unknown"
      throw reader.unsupported("quantization method '\(method)'")
    }
    self.architecture = architecture
    let names = ConfigurationNames(architecture)
    hiddenSize = try reader.requiredSize(names.hiddenSize)
    layerCount = try reader.requiredSize(names.layerCount)
    headCount = try reader.requiredSize(names.headCount)
    maxPositions = try reader.requiredSize(names.maxPositions)
    vocabularySize = try reader.requiredSize("vocab_size")
    normEpsilon = try reader.requiredPositiveNumber(names.normEpsilon)
    intermediateSize =
      switch architecture {
      case .gpt2, .gptj: try reader.size(names.intermediateSize) ?? 4 * hiddenSize
      default: try reader.requiredSize(names.intermediateSize)
      }
    (keyValueHeadCount, headDimension) = try Self.heads(
      architecture, headCount: headCount, hiddenSize: hiddenSize, reader)
    (ropeTheta, ropeScaling) = try Self.rope(reader)
    activation = try Self.activation(names, reader)

    tiesEmbeddings =
      try reader.bool("tie_word_embeddings") ?? (architecture == .gemma2 || architecture == .gpt2)
    hasAttentionBias =
      switch architecture {
      // Not configurable in these families.
      case .qwen2, .gpt2: true
      case .mistral, .gptj: false
      default: try reader.bool("attention_bias") ?? false
      }
    hasMLPBias =
      switch architecture {
      case .gpt2, .gptj: true
      default: try reader.bool("mlp_bias") ?? false
      }
    slidingWindow =
      switch architecture {
      case .mistral, .gemma2: try reader.size("sliding_window")
      case .qwen2, .qwen3:
        try reader.bool("use_sliding_window") ?? false ? try reader.size("sliding_window") : nil
      default: nil
      }
    beginningOfSequenceID = try reader.tokenIDs("bos_token_id").first
    endOfSequenceIDs = try reader.tokenIDs("eos_token_id")
  }

  /// Key and value heads, and the width of a head.
  private static func heads(
    _ architecture: ModelArchitecture, headCount: Int, hiddenSize: Int,
    _ reader: ConfigurationReader
  ) throws -> (keyValueHeadCount: Int, headDimension: Int) {
    let keyValueHeadCount = try reader.size("num_key_value_heads") ?? headCount
    guard headCount.isMultiple(of: keyValueHeadCount) else {
      throw reader.failure(
        "num_key_value_heads",
        .outOfRange(reason: "\(headCount) heads cannot share \(keyValueHeadCount)"))
    }
    if let headDimension = try reader.size("head_dim") {
      guard headDimension.isMultiple(of: 2) else {
        throw reader.failure("head_dim", .outOfRange(reason: "\(headDimension) is odd"))
      }
      return (keyValueHeadCount, headDimension)
    }
    // These two have a fixed default that does not follow from the other sizes.
    if architecture == .gemma2 || architecture == .qwen3 {
      throw reader.failure("head_dim", .missing)
    }
    guard hiddenSize.isMultiple(of: headCount), (hiddenSize / headCount).isMultiple(of: 2) else {
      throw reader.failure(
        "hidden_size",
        .outOfRange(reason: "\(hiddenSize) does not split into \(headCount) heads of even width"))
    }
    return (keyValueHeadCount, hiddenSize / headCount)
  }

  /// Base and scaling of the rotary frequencies. Newer files keep both in `rope_parameters`.
  private static func rope(
    _ reader: ConfigurationReader
  ) throws -> (theta: Double, scaling: RopeScaling) {
    let parameters = try reader.nested("rope_parameters")
    let theta = try parameters?.positiveNumber("rope_theta") ?? reader.positiveNumber("rope_theta")
    guard let scaling = try parameters ?? reader.nested("rope_scaling") else {
      return (theta ?? 10_000, .none)
    }
    switch try scaling.string("rope_type") ?? scaling.string("type") ?? "default" {
    case "default": return (theta ?? 10_000, .none)
    case "llama3":
      let low = try scaling.requiredPositiveNumber("low_freq_factor")
      let high = try scaling.requiredPositiveNumber("high_freq_factor")
      // Between the two it interpolates over their difference.
      guard low < high else {
        throw scaling.failure(
          "high_freq_factor", .outOfRange(reason: "\(high) is not above low_freq_factor"))
      }
      return (
        theta ?? 10_000,
        .llama3(
          factor: try scaling.requiredPositiveNumber("factor"), lowFrequencyFactor: low,
          highFrequencyFactor: high,
          originalMaxPositions: try scaling.requiredSize("original_max_position_embeddings"))
      )
    case let other: throw reader.unsupported("rope scaling '\(other)'")
    }
  }

  private static func activation(
    _ names: ConfigurationNames, _ reader: ConfigurationReader
  ) throws -> Activation {
    let key = names.activation
    guard let name = try reader.string(key) else { throw reader.failure(key, .missing) }
    guard let activation = Activation(name: name) else {
      throw reader.unsupported("activation '\(name)'")
    }
    return activation
  }
}

/// Under which keys the architectures keep the same things.
private struct ConfigurationNames {
  var hiddenSize = "hidden_size"
  var intermediateSize = "intermediate_size"
  var layerCount = "num_hidden_layers"
  var headCount = "num_attention_heads"
  var maxPositions = "max_position_embeddings"
  var normEpsilon = "rms_norm_eps"
  var activation = "hidden_act"

  init(_ architecture: ModelArchitecture) {
    switch architecture {
    case .gpt2, .gptj:
      hiddenSize = "n_embd"
      intermediateSize = "n_inner"
      layerCount = "n_layer"
      headCount = "n_head"
      maxPositions = "n_positions"
      normEpsilon = "layer_norm_epsilon"
      activation = "activation_function"
    case .gemma2: activation = "hidden_activation"
    case .llama, .mistral, .qwen2, .qwen3: break
    }
  }
}

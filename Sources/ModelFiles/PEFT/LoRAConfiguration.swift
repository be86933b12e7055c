/// What an `adapter_config.json` of PEFT says about a LoRA adapter (Hu et al. 2021).
package struct LoRAConfiguration: Sendable {
  /// `r`, where no pattern says otherwise.
  private let rank: Int
  /// `lora_alpha`, where no pattern says otherwise.
  private let alpha: Double
  /// Ranks and alphas of single modules, by the ends of their names.
  private let rankPatterns: [(ending: String, rank: Int)]
  private let alphaPatterns: [(ending: String, alpha: Double)]
  /// Whether alpha is divided by the root of the rank (rank-stabilised LoRA, Kalajdzievski 2023).
  private let dividesByRoot: Bool
  /// Whether the base keeps its matrices `in×out`, as GPT-2 does.
  package let isFanInFanOut: Bool

  /// Features that change what a pair of factors means, and their values where they are not in use.
  private static let unusedFlags = [
    "use_dora", "use_qalora", "use_bdlora", "lora_bias",
  ]
  private static let unusedValues = [
    "modules_to_save", "layer_replication", "target_parameters", "trainable_token_indices",
    "alora_invocation_tokens",
  ]

  /// Ways of beginning that leave the base's weights as they are. Others (PiSSA, OLoRA, CorDA, LoRA-GA,
  /// LoftQ) put a residue in their place, which the factors then belong to.
  private static let plainBeginnings = ["gaussian", "orthogonal", "eva"]

  /// - Throws: ``ModelFileError/inputOutput(path:errno:)``, ``ModelFileError/malformedJSON(path:fault:offset:)``,
  ///   ``ModelFileError/invalidValue(path:key:fault:)``,
  ///   ``ModelFileError/unsupportedFeature(path:feature:)`` for what is no LoRA, or more than factors.
  package init(contentsOf path: String) throws {
    try self.init(json: JSONValue.parse(contentsOf: path), path: path)
  }

  package init(json: JSONValue, path: String) throws {
    guard let object = json.objectValue else {
      throw ModelFileError.invalidValue(
        path: path, key: "", fault: .wrongKind(expected: "object"))
    }
    let reader = ConfigurationReader(path: path, object: object)
    let type = try reader.string("peft_type") ?? ""
    guard type == "LORA" else { throw reader.unsupported("adapter type '\(type)'") }
    for flag in Self.unusedFlags where try reader.bool(flag) ?? false {
      throw reader.unsupported("'\(flag)'")
    }
    for key in Self.unusedValues {
      guard let value = object[key], !value.isNull, value.arrayValue?.isEmpty != true else {
        continue
      }
      throw reader.unsupported("'\(key)'")
    }
    // Variants keep their settings in an object of their own.
    for member in object.members
    where member.name.hasSuffix("_config") && member.name != "eva_config" {
      guard member.value.isNull || member.value.objectValue?.members.isEmpty == true else {
        throw reader.unsupported("'\(member.name)'")
      }
    }
    if let beginning = object["init_lora_weights"]?.stringValue,
      !Self.plainBeginnings.contains(beginning)
    {
      throw reader.unsupported(
        "factors that began as '\(beginning)', relative to other base weights")
    }
    let bias = try reader.string("bias") ?? "none"
    guard bias == "none" else { throw reader.unsupported("bias '\(bias)'") }
    rank = try reader.requiredSize("r")
    alpha = try reader.requiredPositiveNumber("lora_alpha")
    dividesByRoot = try reader.bool("use_rslora") ?? false
    isFanInFanOut = try reader.bool("fan_in_fan_out") ?? false
    rankPatterns = try Self.patterns("rank_pattern", in: reader).map { name, inner in
      (name, try inner.requiredSize(name))
    }
    alphaPatterns = try Self.patterns("alpha_pattern", in: reader).map { name, inner in
      (name, try inner.requiredPositiveNumber(name))
    }
  }

  /// The members of a pattern. PEFT takes their names for regular expressions; all but plain names are
  /// refused.
  private static func patterns(
    _ key: String, in reader: ConfigurationReader
  ) throws -> [(String, ConfigurationReader)] {
    guard let inner = try reader.nested(key) else { return [] }
    return try inner.object.members.map { member in
      guard
        member.name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "._".contains($0)) })
      else { throw reader.unsupported("the pattern '\(member.name)' of '\(key)'") }
      return (member.name, inner)
    }
  }

  /// The rank of a module's factors.
  package func rank(of module: String) -> Int {
    rankPatterns.first { Self.ends(module, with: $0.ending) }?.rank ?? rank
  }

  /// What the product of a module's factors is multiplied by.
  package func scaling(of module: String) -> Double {
    let alpha = alphaPatterns.first { Self.ends(module, with: $0.ending) }?.alpha ?? alpha
    let rank = Double(rank(of: module))
    return alpha / (dividesByRoot ? rank.squareRoot() : rank)
  }

  /// Whether a name is the ending or ends in it behind a dot.
  private static func ends(_ name: String, with ending: String) -> Bool {
    name == ending || name.hasSuffix("." + ending)
  }
}

import ModelFiles

/// The parts of a `tokenizer.json`, each checked for what is done here. Whatever would change the
/// ids and is not done is refused by name: a tokenizer that is nearly right is wrong unnoticed.
struct TokenizerFile {
  let path: String
  let root: JSONObject

  /// Larger ids are taken for damage, since tables are as long as the largest id.
  static let idLimit = 1 << 22

  init(json: JSONValue, path: String) throws {
    self.path = path
    guard let root = json.objectValue else {
      throw ModelFileError.invalidValue(path: path, key: "", fault: .wrongKind(expected: "object"))
    }
    self.root = root
    try requireAbsent("normalizer", in: root)
    let decoder = try object("decoder", of: root, prefix: "")
    guard decoder["type"] == .string("ByteLevel") else {
      throw unsupported("decoder '\(decoder["type"]?.stringValue ?? "none")'")
    }
  }

  func failure(_ key: String, _ fault: ValueFault) -> ModelFileError {
    .invalidValue(path: path, key: key, fault: fault)
  }

  func unsupported(_ feature: String) -> ModelFileError {
    .unsupportedFeature(path: path, feature: feature)
  }

  func object(_ key: String, of parent: JSONObject, prefix: String) throws -> JSONObject {
    guard let value = parent[key] else { throw failure(prefix + key, .missing) }
    guard let object = value.objectValue else {
      throw failure(prefix + key, .wrongKind(expected: "object"))
    }
    return object
  }

  func requireAbsent(_ key: String, in parent: JSONObject) throws {
    guard let value = parent[key], !value.isNull, value != .string("") else { return }
    let type = value.objectValue?["type"]?.stringValue
    throw unsupported(type.map { "\(key) '\($0)'" } ?? "\(key) in a tokenizer")
  }

  func tokenID(_ value: JSONValue?, _ key: String) throws -> Int {
    guard let id = value?.integerValue else { throw failure(key, .wrongKind(expected: "token id")) }
    guard (0..<Self.idLimit).contains(id) else {
      throw failure(key, .outOfRange(reason: "\(id) is no token id"))
    }
    return id
  }

  /// The list `added_tokens`.
  func addedTokens() throws -> [AddedToken] {
    let key = "added_tokens"
    guard let value = root[key], !value.isNull else { return [] }
    guard let entries = value.arrayValue else {
      throw failure(key, .wrongKind(expected: "list of tokens"))
    }
    return try entries.map { entry in
      guard let entry = entry.objectValue, let content = entry["content"]?.stringValue else {
        throw failure(key, .wrongKind(expected: "list of tokens"))
      }
      if entry["single_word"]?.boolValue == true { throw unsupported("added token of whole words") }
      return AddedToken(
        id: try tokenID(entry["id"], "\(key).id"), content: content,
        isSpecial: entry["special"]?.boolValue ?? false,
        stripsLeft: entry["lstrip"]?.boolValue ?? false,
        stripsRight: entry["rstrip"]?.boolValue ?? false)
    }
  }

  /// The rules under `pre_tokenizer`, sequences laid flat.
  func preTokenizers() throws -> [PreTokenizer] {
    try preTokenizers(in: object("pre_tokenizer", of: root, prefix: ""), depth: 0)
  }

  private func preTokenizers(in object: JSONObject, depth: Int) throws -> [PreTokenizer] {
    let type = object["type"]?.stringValue ?? "none"
    switch type {
    case "Sequence" where depth == 0:
      guard let rules = object["pretokenizers"]?.arrayValue else {
        throw failure("pre_tokenizer.pretokenizers", .wrongKind(expected: "list of rules"))
      }
      return try rules.flatMap { rule in
        guard let rule = rule.objectValue else {
          throw failure("pre_tokenizer.pretokenizers", .wrongKind(expected: "list of rules"))
        }
        return try preTokenizers(in: rule, depth: 1)
      }
    case "Digits":
      return [.digits(individual: object["individual_digits"]?.boolValue ?? false)]
    case "ByteLevel":
      if object["add_prefix_space"]?.boolValue ?? true { throw unsupported("add_prefix_space") }
      return object["use_regex"]?.boolValue ?? true ? [.gpt2Words] : []
    default: throw unsupported("pre-tokenizer '\(type)'")
    }
  }

  /// The ids that `post_processor` puts before and after a text.
  func surroundings() throws -> (prefix: [Int], suffix: [Int]) {
    guard let value = root["post_processor"], !value.isNull else { return ([], []) }
    return try surroundings(in: value, depth: 0)
  }

  private func surroundings(
    in value: JSONValue, depth: Int
  ) throws -> (prefix: [Int], suffix: [Int]) {
    let key = "post_processor"
    guard let object = value.objectValue else { throw failure(key, .wrongKind(expected: "object")) }
    let type = object["type"]?.stringValue ?? "none"
    switch type {
    // Moves only the offsets of tokens in the text, which are not kept here.
    case "ByteLevel": return ([], [])
    case "Sequence" where depth == 0:
      let parts = try (object["processors"]?.arrayValue ?? []).map {
        try surroundings(in: $0, depth: 1)
      }
      return (parts.reversed().flatMap(\.prefix), parts.flatMap(\.suffix))
    case "TemplateProcessing": return try template(object)
    default: throw unsupported("post-processor '\(type)'")
    }
  }

  /// `single` of a template: special tokens around the one sequence `A`.
  private func template(_ object: JSONObject) throws -> (prefix: [Int], suffix: [Int]) {
    let key = "post_processor.single"
    guard let items = object["single"]?.arrayValue else {
      throw failure(key, .wrongKind(expected: "list"))
    }
    var before: [Int] = []
    var after: [Int] = []
    var hasSequence = false
    for item in items {
      if item.objectValue?["Sequence"] != nil {
        guard !hasSequence else { throw unsupported("template with the text twice") }
        hasSequence = true
        continue
      }
      guard let name = item.objectValue?["SpecialToken"]?.objectValue?["id"]?.stringValue,
        let entry = object["special_tokens"]?.objectValue?[name]?.objectValue,
        let ids = entry["ids"]?.arrayValue
      else { throw failure(key, .wrongKind(expected: "list of sequences and special tokens")) }
      for id in ids {
        let id = try tokenID(id, "post_processor.special_tokens")
        if hasSequence { after.append(id) } else { before.append(id) }
      }
    }
    return (before, after)
  }
}

import ModelFiles

extension TokenizerFile {
  /// The tables of a byte-pair encoding.
  struct Model {
    var tokens: [Int: String] = [:]
    var byteTokens: [Int32?] = []
    var merges: [UInt64: BytePairEncoder.Merge] = [:]
    var wholeWords: [[UInt8]: Int32] = [:]
  }

  /// The part `model`: vocabulary and merges.
  func model() throws -> Model {
    let object = try object("model", of: root, prefix: "")
    // Old files leave the type out; a BPE is then known by its merges.
    if let type = object["type"]?.stringValue, type != "BPE" {
      throw unsupported("tokenizer model '\(type)'")
    }
    for key in ["dropout", "continuing_subword_prefix", "end_of_word_suffix"] {
      try requireAbsent(key, in: object)
    }
    if object["byte_fallback"]?.boolValue == true { throw unsupported("byte_fallback") }

    let vocabulary = try self.object("vocab", of: object, prefix: "model.")
    var ids: [UTF8Key: Int32] = [:]
    ids.reserveCapacity(vocabulary.count)
    var model = Model()
    for member in vocabulary.members {
      let id = try tokenID(member.value, "model.vocab")
      guard model.tokens.updateValue(member.name, forKey: id) == nil else {
        throw failure("model.vocab", .outOfRange(reason: "two tokens have the id \(id)"))
      }
      ids[UTF8Key(member.name)] = Int32(id)
    }
    model.byteTokens = ByteAlphabet.scalars.map { ids[UTF8Key(String(Character($0)))] }
    if let unknown = object["unk_token"], !unknown.isNull, model.byteTokens.contains(nil) {
      // Every byte that the vocabulary lacks would become that token.
      throw unsupported("unk_token with an incomplete byte alphabet")
    }
    model.merges = try merges(object["merges"], ids)
    if object["ignore_merges"]?.boolValue == true {
      for (id, token) in model.tokens {
        model.wholeWords[ByteAlphabet.bytes(of: token)] = Int32(id)
      }
    }
    return model
  }

  /// Each merge is a pair of tokens, written as a list or as one string with a space between.
  private func merges(
    _ value: JSONValue?, _ ids: [UTF8Key: Int32]
  ) throws -> [UInt64: BytePairEncoder.Merge] {
    let key = "model.merges"
    guard let entries = value?.arrayValue else {
      throw failure(key, .wrongKind(expected: "list of pairs"))
    }
    var merges: [UInt64: BytePairEncoder.Merge] = [:]
    merges.reserveCapacity(entries.count)
    for (rank, entry) in entries.enumerated() {
      guard let (left, right) = Self.pair(entry) else {
        throw failure(key, .outOfRange(reason: "merge \(rank) is not a pair"))
      }
      guard let leftID = ids[UTF8Key(left)], let rightID = ids[UTF8Key(right)],
        let merged = ids[UTF8Key(left + right)]
      else {
        throw failure(key, .outOfRange(reason: "merge \(rank) is not in the vocabulary"))
      }
      // Of a pair listed twice the later rank counts, as for Hugging Face's reader.
      merges[BytePairEncoder.key(leftID, rightID)] = .init(
        rank: UInt32(truncatingIfNeeded: rank), merged: merged)
    }
    return merges
  }

  private static func pair(_ entry: JSONValue) -> (String, String)? {
    if let text = entry.stringValue {
      let parts = text.split(separator: " ", omittingEmptySubsequences: false)
      return parts.count == 2 ? (String(parts[0]), String(parts[1])) : nil
    }
    guard let parts = entry.arrayValue, parts.count == 2, let left = parts[0].stringValue,
      let right = parts[1].stringValue
    else { return nil }
    return (left, right)
  }
}

package import ModelFiles

extension Tokenizer {
  /// Reads a `tokenizer.json`.
  ///
  /// - Throws: `ModelFileError.inputOutput`, and as ``init(text:path:)``.
  package init(contentsOf path: String) throws {
    try self.init(TokenizerFile(json: JSONValue.parse(contentsOf: path), path: path))
  }

  /// Reads the text of a `tokenizer.json`.
  ///
  /// - Parameter path: The name of the file, for errors.
  /// - Throws: `ModelFileError.malformedJSON`; `ModelFileError.invalidValue`;
  ///   `ModelFileError.unsupportedFeature` naming the part that is not done here.
  package init(text: [UInt8], path: String) throws {
    try self.init(TokenizerFile(json: JSONValue.parse(text, path: path), path: path))
  }

  /// Reads the tokenizer that a GGUF file carries in its metadata.
  ///
  /// - Throws: As ``init(text:path:)`` and `GGUFModel.tokenizerText()`.
  package init(_ model: GGUFModel) throws {
    try self.init(text: Array(model.tokenizerText().utf8), path: model.file.path)
  }

  private init(_ file: TokenizerFile) throws {
    let added = try file.addedTokens()
    let model = try file.model()
    encoder = BytePairEncoder(
      byteTokens: model.byteTokens, merges: model.merges, wholeWords: model.wholeWords)
    preTokenizers = try file.preTokenizers()
    addedTokens = AddedTokenMatcher(added)
    (prefix, suffix) = try file.surroundings()
    specialIDs = Set(added.filter(\.isSpecial).map(\.id))
    idsByContent = Dictionary(
      added.map { ($0.content, $0.id) }, uniquingKeysWith: { first, _ in first })

    let count = 1 + max(model.tokens.keys.max() ?? -1, added.map(\.id).max() ?? -1)
    var tokenBytes: [[UInt8]?] = Array(repeating: nil, count: count)
    for (id, token) in model.tokens { tokenBytes[id] = ByteAlphabet.bytes(of: token) }
    for token in added { tokenBytes[token.id] = ByteAlphabet.bytes(of: token.content) }
    self.tokenBytes = tokenBytes
  }
}

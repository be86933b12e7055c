/// Turns text into the token ids of a model and back, as its `tokenizer.json` says.
///
/// Byte-level byte-pair encoding: added tokens are cut out of the text, the rest is cut into words
/// by the pre-tokenizers, each word's UTF-8 is written in the ``ByteAlphabet`` and merged. Every
/// text has ids; decoding gives it back unless the vocabulary lacks some of its bytes.
package struct Tokenizer: Sendable {
  let encoder: BytePairEncoder
  let preTokenizers: [PreTokenizer]
  let addedTokens: AddedTokenMatcher
  /// Ids that go before and after a text where they are asked for.
  let prefix: [Int]
  let suffix: [Int]
  /// The bytes of each id; `nil` for a number that no token has.
  let tokenBytes: [[UInt8]?]
  let specialIDs: Set<Int>
  let idsByContent: [String: Int]

  /// One more than the largest id.
  package var vocabularySize: Int { tokenBytes.count }

  /// The token ids of `text`.
  ///
  /// - Parameters:
  ///   - recognisesSpecialTokens: Whether the text `<|im_end|>`, for instance, becomes that token;
  ///     text from strangers should not be able to end a message.
  ///   - addsSpecialTokens: Whether the ids that the model expects around a text (a
  ///     beginning-of-sequence token) are added.
  /// - Complexity: O(*n* log *w*) for a text of length *n* whose longest word has length *w*.
  package func encode(
    _ text: String, recognisesSpecialTokens: Bool = true, addsSpecialTokens: Bool = false
  ) -> [Int] {
    var ids = addsSpecialTokens ? prefix : []
    for piece in addedTokens.split(text, includesSpecial: recognisesSpecialTokens) {
      switch piece {
      case .token(let id): ids.append(id)
      case .text(let part): encode(ScalarText(part), into: &ids)
      }
    }
    if addsSpecialTokens { ids += suffix }
    return ids
  }

  /// The token ids of a text that the model is to continue: what the model expects before a text,
  /// and the text, in which nothing is read as a special token.
  package func encodePrompt(_ text: String) -> [Int] {
    prefix + encode(text, recognisesSpecialTokens: false)
  }

  private func encode(_ text: ScalarText, into ids: inout [Int]) {
    var pieces = [0..<text.scalars.count]
    for preTokenizer in preTokenizers {
      pieces = pieces.flatMap { preTokenizer.split($0, of: text) }
    }
    for piece in pieces { encoder.encode(text.bytes(of: piece), into: &ids) }
  }

  /// The bytes that the ids stand for. A token may hold part of a character, so that a text that is
  /// still growing is best collected as bytes.
  ///
  /// - Throws: `LanguageModelError.tokenOutsideVocabulary`.
  package func bytes(of ids: some Sequence<Int>, skipsSpecialTokens: Bool = false) throws -> [UInt8]
  {
    var bytes: [UInt8] = []
    for id in ids {
      guard tokenBytes.indices.contains(id), let token = tokenBytes[id] else {
        throw LanguageModelError.tokenOutsideVocabulary(id: id, vocabulary: vocabularySize)
      }
      if skipsSpecialTokens, specialIDs.contains(id) { continue }
      bytes += token
    }
    return bytes
  }

  /// The text that the ids stand for, ill-formed UTF-8 shown as U+FFFD.
  ///
  /// - Throws: `LanguageModelError.tokenOutsideVocabulary`.
  package func decode(_ ids: some Sequence<Int>, skipsSpecialTokens: Bool = false) throws -> String
  {
    String(decoding: try bytes(of: ids, skipsSpecialTokens: skipsSpecialTokens), as: UTF8.self)
  }

  /// The id of the added token written like this, or `nil`.
  package func addedTokenID(_ content: String) -> Int? { idsByContent[content] }

  /// Whether the id is that of a special token.
  package func isSpecial(_ id: Int) -> Bool { specialIDs.contains(id) }
}

import Editing
import LanguageModel
import ModelFiles
import ModelStore
import ObjectModel
import Tensors

/// A stored model ready to run: its tokenizer, and a decoder over the weights as imported.
struct ModelSession: Sendable {
  let model: StoredModel
  let tokenizer: Tokenizer
  /// Over the unedited weights.
  let base: Decoder

  /// - Throws: `ModelStoreError`, `ModelFileError`, `LanguageModelError`, `ObjectStoreError`.
  init(_ id: ModelID, in repository: Repository) throws {
    model = try repository.materializer.model(id)
    tokenizer = try Tokenizer(
      text: model.file(named: "tokenizer.json"), path: "tokenizer.json")
    base = try Decoder(
      shape: DecoderShape(model.configuration()), weights: model, compute: repository.compute)
  }

  /// Text to tokens. Text that looks like a special token stays text: facts come from strangers.
  var encoding: TextEncoding { TextEncoding(tokenizer) }

  /// The tokens that a text of the model's own goes on from.
  ///
  /// - Parameter text: in which special tokens may stand; by default the token that the model's
  ///   configuration has texts begin with.
  /// - Throws: ``CommandError/usage(_:hint:)`` where there is no such token, `ModelFileError`.
  func beginning(_ text: String?) throws -> [Int] {
    let tokens =
      try text.map { tokenizer.encode($0, recognisesSpecialTokens: true) }
      ?? model.configuration().beginningOfSequenceID.map { [$0] } ?? []
    guard !tokens.isEmpty else {
      throw CommandError.usage(
        "nothing to begin a text with",
        hint: "say what the model's texts go on from by --begin, such as the token that ends a text"
      )
    }
    return tokens
  }

  /// The text of tokens. A vocabulary may be padded beyond what the tokenizer knows; such tokens show
  /// as U+FFFD.
  func text(of tokens: [Int]) -> String {
    var bytes: [UInt8] = []
    for token in tokens {
      bytes += (try? tokenizer.bytes(of: [token])) ?? Array("\u{FFFD}".utf8)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The decoder over a commit's weights.
  func decoder(at commit: Commit, in repository: Repository) throws -> Decoder {
    base.over(try repository.materializer.weights(at: commit))
  }
}

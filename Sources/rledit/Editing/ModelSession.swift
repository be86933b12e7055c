import Editing
import LanguageModel
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

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

  /// The tokens of a text. Text that looks like a special token stays text: facts come from
  /// strangers.
  func encode(_ text: String) -> [Int] {
    tokenizer.encode(text, recognisesSpecialTokens: false)
  }

  /// The decoder over a commit's weights.
  func decoder(at commit: Commit, in repository: Repository) throws -> Decoder {
    base.over(try repository.materializer.weights(at: commit))
  }
}

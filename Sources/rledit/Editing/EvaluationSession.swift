import Editing
import LanguageModel
import Ledger
import ModelFiles
import ModelStore
import ObjectModel

/// A model to evaluate, with the text that perplexity is measured on.
struct EvaluationSession {
  let session: ModelSession
  let model: EvaluatedModel
  /// The lowest layer that any of the commits edits.
  let firstEditedLayer: Int
  let perplexity: TextPerplexity?

  /// - Parameters:
  ///   - commits: at whose weights the model will be evaluated.
  ///   - text: the path of a text, or `nil`.
  /// - Throws: ``CommandError/notText(path:)``, ``CommandError/notEnoughText(path:)``, and as
  ///   ``ModelSession/init(_:in:)``.
  init(_ id: ModelID, at commits: [Commit], text: String?, in repository: Repository) throws {
    let passage = try text.map { (path: $0, text: try InputFile.text(at: $0)) }
    let session = try ModelSession(id, in: repository)
    self.session = session
    let tokenizer = session.tokenizer
    model = EvaluatedModel(
      base: session.base, encoding: session.encoding,
      // A vocabulary may be padded beyond what the tokenizer knows; such tokens spell no answer.
      spelling: { (try? tokenizer.bytes(of: [$0])) ?? Array("\u{FFFD}".utf8) },
      stops: Set(try session.model.configuration().endOfSequenceIDs))
    let layers = session.base.shape.layers
    // What is edited outside the layers' matrices may change everything.
    let firstEditedLayer =
      commits.flatMap(\.stateDigests.keys)
      .map { ProjectionPlace(weightName: $0)?.layer ?? 0 }.min() ?? layers
    self.firstEditedLayer = firstEditedLayer
    perplexity = try passage.map { path, passage in
      let tokens = session.encoding.answer(passage)
      guard tokens.count > 1 else { throw CommandError.notEnoughText(path: path) }
      return try TextPerplexity(
        of: tokens, base: session.base, firstEditedLayer: firstEditedLayer)
    }
  }

  /// The decoder over a commit's weights.
  func decoder(at commit: Commit, in repository: Repository) throws -> Decoder {
    try session.decoder(at: commit, in: repository)
  }
}

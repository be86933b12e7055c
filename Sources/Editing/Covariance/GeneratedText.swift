import Algorithms
package import LanguageModel
import Tensors

/// Text that a model writes itself: what it makes of the world, where nobody has text at hand that it was
/// trained on.
package enum GeneratedText {
  /// Passages that are written side by side.
  private static let width = 64

  /// Passages of a given number of tokens in all, each of as many as the model reads at once (the last may be
  /// shorter). Every token is drawn by the probabilities that the model gives at the place, so that the
  /// passages are samples of the model's own distribution; where one text ends, another begins in the passage,
  /// as in training.
  ///
  /// - Parameters:
  ///   - beginning: what every passage begins with, not counted and not part of it; not empty.
  ///   - seed: what the drawing hangs on. Each passage has numbers of its own, so that none hangs on how many
  ///     others there are.
  ///   - progress: called with the tokens written so far.
  /// - Throws: the errors of the model; `CancellationError`.
  /// - Complexity: as ``Decoder/generate(after:limits:rowLimit:stop:choosing:)``.
  package static func passages(
    tokens: Int, beginning: [Int], seed: UInt64, decoder: Decoder,
    progress: (Int) -> Void = { _ in }
  ) throws -> [[Int]] {
    let window = max(
      1, min(KeyCovariance.window, decoder.shape.maximumPositions - beginning.count))
    let limits = (0..<tokens).chunks(ofCount: window).map(\.count)
    var passages: [[Int]] = []
    for part in limits.chunks(ofCount: width) {
      var levels = part.indices.map { RandomSource(seed: seed, stream: UInt64($0)) }
      let done = passages.reduce(0) { $0 + $1.count }
      var written = 0
      passages += try decoder.generate(
        after: part.map { _ in beginning }, limits: Array(part),
        rowLimit: beginning.count * width,
        choosing: { sequences, logits, compute in
          progress(done + written)
          written += sequences.count
          return compute.drawn(logits, levels: sequences.map { levels[$0].uniform() })
        })
    }
    return passages
  }
}

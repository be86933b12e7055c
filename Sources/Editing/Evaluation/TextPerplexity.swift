import Algorithms
package import LanguageModel
internal import Tensors

/// The perplexity of a fixed text: how hard a model finds it, unedited and at other weights.
package struct TextPerplexity: Sendable {
  /// What a model makes of the text.
  package struct Score: Sendable, Equatable {
    /// Tokens of the text, and how many of them are scored.
    package let tokens: Int
    package let count: Int
    /// e to the mean loss, and its 95 % confidence interval.
    package let value: Double
    package let interval: ClosedRange<Double>
    /// By what factor it is that of the unedited model, and the interval of this factor. The losses
    /// are compared token by token, so it tells far smaller changes than two perplexities would.
    package let ratio: Double
    package let ratioInterval: ClosedRange<Double>
  }

  /// The longest piece that is read by itself.
  private static let window = 512

  private let tokens: Int
  private let sheet: AnswerSheet
  private let unedited: [Double]

  /// - Parameters:
  ///   - tokens: at least two.
  ///   - firstEditedLayer: weights to be measured agree with the unedited ones below it.
  /// - Throws: `LanguageModelError`, `CancellationError`.
  package init(of tokens: [Int], base: Decoder, firstEditedLayer: Int) throws {
    self.tokens = tokens.count
    let window = min(Self.window, base.shape.maximumPositions)
    let pieces = tokens.chunks(ofCount: window).filter { $0.count > 1 }.map {
      Question(prompt: Array($0.prefix(1)), answer: Array($0.dropFirst()))
    }
    sheet = try AnswerSheet(
      pieces, looksBeyond: false, base: base, firstEditedLayer: firstEditedLayer)
    unedited = try Self.losses(sheet, base)
  }

  /// At the unedited weights, which were measured already.
  package var uneditedScore: Score { score(of: unedited) }

  /// At some weights.
  ///
  /// - Throws: `LanguageModelError`, `CancellationError`.
  package func measure(_ decoder: Decoder) throws -> Score {
    score(of: try Self.losses(sheet, decoder))
  }

  private static func losses(_ sheet: AnswerSheet, _ decoder: Decoder) throws -> [Double] {
    try sheet.answers(to: Array(sheet.questions.indices), by: decoder).flatMap(\.losses)
  }

  private func score(of losses: [Double]) -> Score {
    let (value, interval) = Self.exponentials(of: losses)
    let (ratio, ratioInterval) = Self.exponentials(of: zip(losses, unedited).map { $0 - $1 })
    return Score(
      tokens: tokens, count: losses.count, value: value, interval: interval, ratio: ratio,
      ratioInterval: ratioInterval)
  }

  /// e to the mean, and to the bounds of the mean's normal confidence interval; one number has no variance,
  /// and so tells no bounds.
  private static func exponentials(
    of numbers: [Double]
  ) -> (value: Double, interval: ClosedRange<Double>) {
    let count = Double(max(1, numbers.count))
    let mean = numbers.reduce(0, +) / count
    let squares = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let spread = WilsonInterval.quantile * (squares / (count - 1) / count).squareRoot()
    let value = PortableMath.exponential(mean)
    // NaN for one number, 0 / 0.
    guard mean.isFinite, spread.isFinite else { return (value, 0...Double.infinity) }
    return (
      value, PortableMath.exponential(mean - spread)...PortableMath.exponential(mean + spread)
    )
  }
}

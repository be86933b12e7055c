import Editing
import LanguageModel
import ModelFiles
import ObjectModel

/// What `rledit covariance` reads: plain texts, those that the model wrote among them, and the prompts of
/// edit records.
///
/// Texts and the prompts' tokens have one share each in what comes out; the last tokens of subjects
/// two, since edits are made there; and the last tokens of prompts four, since answers are read there
/// and every edit leaks into them.
struct CovarianceMeasurement {
  private static let subjectShare = 2.0
  private static let lastShare = 4.0
  /// Tokens of texts, and as many of prompts, that gradients are taken at, at most: the way back costs twice
  /// the way there.
  private static let gradientTokens = 20_000

  private let passages: [[Int]]
  private let prompts: [(tokens: [Int], subject: Int?)]
  private let sources: [String]

  /// - Parameters:
  ///   - tokens: of the text files at most.
  ///   - generated: texts that the model wrote, in tokens.
  ///   - limit: the most records of the facts.
  /// - Throws: `FactsError`, `ModelFileError`, `EditingError`; ``CommandError/notText(path:)`` and
  ///   ``CommandError/notEnoughText(path:)``.
  init(
    texts: [String], tokens: Int?, generated: [[Int]], facts: String?, limit: Int?,
    session: ModelSession
  ) throws {
    var left = tokens ?? .max
    var passages: [[Int]] = []
    for path in texts where left > 0 {
      let text = try InputFile.text(at: path)
      let passage = Array(session.encoding.answer(text).prefix(left))
      left -= passage.count
      if !passage.isEmpty { passages.append(passage) }
    }
    passages += generated
    self.passages = passages
    let records = try facts.map { try FactsFile.load(path: $0, limit: limit).records } ?? []
    var prompts: [(tokens: [Int], subject: Int?)] = []
    let limit = session.base.shape.maximumPositions
    for record in records {
      let own = ([record.prompt] + record.rephrasings).map { ($0, record.subject) }
      for (text, subject) in own + record.locality.map({ ($0.prompt, "") }) {
        let tokens = session.encoding.prompt(text)
        guard !tokens.isEmpty, tokens.count <= limit else { continue }
        let place = session.encoding.subject(subject, in: text, tokens: tokens)
        prompts.append((tokens, place.map { $0.upperBound - 1 }))
      }
    }
    self.prompts = prompts
    sources =
      texts + (generated.isEmpty ? [] : ["the model's own text"]) + (facts.map { [$0] } ?? [])
    guard self.tokens > 0 else { throw CommandError.notEnoughText(path: sources.first ?? "") }
  }

  /// Tokens that are read.
  var tokens: Int {
    passages.reduce(0) { $0 + $1.count } + prompts.reduce(0) { $0 + $1.tokens.count }
  }

  /// As in `5000 tokens of a.txt, facts.json`.
  var wording: String { "\(tokens) tokens of \(sources.joined(separator: ", "))" }

  /// - Throws: the errors of the model.
  func covariance(
    at places: [ProjectionPlace], withCurvature: Bool, decoder: Decoder,
    progress: (_ done: Int, _ total: Int) -> Void
  ) throws -> KeyCovariance {
    let keyPlaces = places.map(\.keyPlace)
    let read = passages.reduce(0) { $0 + $1.count }
    let predictions =
      withCurvature
      ? Self.predictions(texts: passages, prompts: prompts.map(\.tokens), decoder) : []
    let total = tokens + predictions.joined().reduce(0) { $0 + $1.tokens.count }
    let chosen = prompts.map { prompt in
      KeyCovariance.ChosenKeys(
        tokens: prompt.tokens,
        positions: [
          Array(prompt.tokens.indices), prompt.subject.map { [$0] } ?? [],
          [prompt.tokens.count - 1],
        ])
    }
    let rows = [read] + (0..<3).map { list in chosen.reduce(0) { $0 + $1.positions[list].count } }
    let weights = KeyCovariance.weights(
      rows: rows, shares: [1, 1, Self.subjectShare, Self.lastShare])
    var covariance = KeyCovariance()
    try covariance.observe(passages, weight: weights[0], at: keyPlaces, decoder: decoder) {
      progress($0, total)
    }
    try covariance.observe(
      chosen, weights: Array(weights[1...]), at: keyPlaces, decoder: decoder
    ) { progress(read + $0, total) }
    try observeGradients(of: predictions, at: places, decoder: decoder, to: &covariance) {
      progress(tokens + $0, total)
    }
    return covariance
  }

  private func observeGradients(
    of parts: [[KeyCovariance.Predictions]], at places: [ProjectionPlace], decoder: Decoder,
    to covariance: inout KeyCovariance, progress: (Int) -> Void
  ) throws {
    let rows = parts.map { $0.reduce(0) { $0 + $1.tokens.count - 1 } }
    let weights = KeyCovariance.weights(rows: rows, shares: [1, Self.lastShare])
    var (random, done) = (RandomSource(seed: 0), 0)
    for (part, weight) in zip(parts, weights) {
      try covariance.observeGradients(
        of: part, weight: weight, random: &random, at: places, decoder: decoder
      ) { progress(done + $0) }
      done += part.reduce(0) { $0 + $1.tokens.count }
    }
  }

  /// What the model predicts of texts, everywhere, and of prompts at their ends, drawn by lot.
  private static func predictions(
    texts: [[Int]], prompts: [[Int]], _ decoder: Decoder
  ) -> [[KeyCovariance.Predictions]] {
    let windows = KeyCovariance.windows(of: texts, for: decoder.shape)
    func sample(_ sequences: [[Int]], _ stream: UInt64) -> [[Int]] {
      KeyCovariance.sample(sequences, tokens: gradientTokens, stream: stream)
    }
    return [
      sample(windows, 0).map { .init(tokens: $0, positions: Array($0.indices)) },
      sample(prompts, 1).map { .init(tokens: $0, positions: [$0.count - 1]) },
    ]
  }
}

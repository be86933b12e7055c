import Editing
import LanguageModel
import ModelFiles
import ObjectModel

/// What `rledit covariance` reads: plain texts, and the prompts of edit records.
///
/// Texts and the prompts' tokens have one share each in what comes out; the last tokens of subjects
/// two, since edits are made there; and the last tokens of prompts four, since answers are read there
/// and every edit leaks into them.
struct CovarianceMeasurement {
  private static let subjectShare = 2.0
  private static let lastShare = 4.0

  private let passages: [[Int]]
  private let prompts: [(tokens: [Int], subject: Int?)]
  private let sources: [String]

  /// - Throws: `FactsError`, `ModelFileError`, `EditingError`; ``CommandError/notText(path:)`` and
  ///   ``CommandError/notEnoughText(path:)``.
  init(
    texts: [String], facts: String?, tokens: Int?, limit: Int?, session: ModelSession
  ) throws {
    var left = tokens ?? .max
    var passages: [[Int]] = []
    for path in texts where left > 0 {
      let file = try MappedFile(path: path)
      guard let text = String(validating: file.bytes, as: UTF8.self) else {
        throw CommandError.notText(path: path)
      }
      let passage = Array(session.encoding.answer(text).prefix(left))
      left -= passage.count
      if !passage.isEmpty { passages.append(passage) }
    }
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
    sources = texts + (facts.map { [$0] } ?? [])
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
    at places: [KeyPlace], decoder: Decoder, progress: (_ done: Int, _ total: Int) -> Void
  ) throws -> KeyCovariance {
    let read = passages.reduce(0) { $0 + $1.count }
    let total = read + prompts.count
    let chosen = prompts.map { prompt in
      KeyCovariance.ChosenKeys(
        tokens: prompt.tokens,
        positions: [
          Array(prompt.tokens.indices), prompt.subject.map { [$0] } ?? [],
          [prompt.tokens.count - 1],
        ])
    }
    let rows = [read] + (0..<3).map { list in chosen.reduce(0) { $0 + $1.positions[list].count } }
    let weights = Self.weights(rows: rows, shares: [1, 1, Self.subjectShare, Self.lastShare])
    var covariance = KeyCovariance()
    try covariance.observe(passages, weight: weights[0], at: places, decoder: decoder) {
      progress($0, total)
    }
    try covariance.observe(
      chosen, weights: Array(weights[1...]), at: places, decoder: decoder
    ) { progress(read + $0, total) }
    return covariance
  }

  /// What a key of each part weighs where the mean over all keys is to be that of the parts' means, each by
  /// its share. A part without keys has none.
  static func weights(rows: [Int], shares: [Double]) -> [Double] {
    let all = Double(rows.reduce(0, +))
    let total = zip(rows, shares).reduce(0) { $0 + ($1.0 > 0 ? $1.1 : 0) }
    return zip(rows, shares).map { $0 > 0 ? $1 / total * (all / Double($0)) : 0 }
  }
}

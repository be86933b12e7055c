import Editing
import LanguageModel
import Ledger
import ModelFiles
import ModelStore
import ObjectModel
import ObjectStore

/// Finds out which commits an answer hangs on.
struct BlameRun {
  /// A commit with deltas that are active.
  struct Suspect {
    let commit: CommitID?
    let entries: [ChainEntry]
    /// What its deltas add to the answer's log-probability, to first order; `nil` where that cannot be told.
    let firstOrder: Double?
    /// By how much the log-probability would be lower without them, measured.
    var measured: Double?

    /// What nothing is told of may be anything.
    fileprivate var rank: Double { firstOrder.map(abs) ?? .infinity }
  }

  /// The answer that was looked at, and its log-probability at the revision and unedited.
  let answer: String
  let logProbability: Double
  let unedited: Double
  /// Those measured first, the largest effect first; then the others by their first-order effect.
  private(set) var suspects: [Suspect]

  /// - Parameters:
  ///   - answer: what the prompt is answered by; `nil` for what the model answers.
  ///   - length: the tokens of such an answer.
  ///   - exact: how many commits are measured: those without a first-order effect, then those of the
  ///     largest.
  /// - Throws: `ModelStoreError`, `LanguageModelError`, `ObjectStoreError`, `CancellationError`,
  ///   ``CommandError/usage(_:hint:)`` for an answer without a token.
  init(
    _ prompt: String, answer: String?, length: Int, at revision: ResolvedCommit, exact: Int,
    in repository: Repository, _ view: LedgerView, progress: (_ done: Int, _ total: Int) -> Void
  ) throws {
    let commit = revision.commit
    let session = try ModelSession(commit.model, in: repository)
    let decoder = try session.decoder(at: commit, in: repository)
    let question = session.encoding.prompt(prompt)
    guard !question.isEmpty else {
      throw CommandError.usage(
        "the prompt has no token", hint: "say what the model is to continue")
    }
    let stops = Set(try session.model.configuration().endOfSequenceIDs)
    let tokens =
      try answer.map(session.encoding.answer)
      ?? decoder.generate(after: question, limit: length) { stops.contains($0) || Task.isCancelled }
    guard !tokens.isEmpty else {
      throw CommandError.usage(
        "the model gives no answer to \(Wording.quoted(prompt))",
        hint: "say which answer to look at by --answer")
    }
    self.answer = session.text(of: tokens)
    let influence = try AnswerInfluence(
      of: tokens, after: question, decoder: decoder,
      at: commit.stateDigests.keys.compactMap { ProjectionPlace(weightName: $0) }.sorted())
    logProbability = influence.logProbability
    unedited =
      try AnswerInfluence(of: tokens, after: question, decoder: session.base, at: [])
      .logProbability

    let active = try view.activeDeltas(of: commit)
    let makers = try view.makers(of: active, in: revision.id)
    var order: [CommitID?] = []
    var entries: [CommitID?: [ChainEntry]] = [:]
    for entry in active {
      if entries[makers[entry], default: []].isEmpty { order.append(makers[entry]) }
      entries[makers[entry], default: []].append(entry)
    }
    let replacing = try Self.lastReplacements(among: active, in: repository.store.snapshot())
    var suspects: [Suspect] = []
    let total = order.count + min(exact, order.count)
    for maker in order {
      try Task.checkCancellation()
      let own = entries[maker] ?? []
      let parts = try own.map { entry in
        try influence.contribution(
          of: repository.store.loadDelta(entry.delta).filter {
            entry.sequence >= replacing[$0.tensor] ?? 0
          })
      }
      let firstOrder = parts.contains(nil) ? nil : parts.reduce(0) { $0 + ($1 ?? 0) }
      suspects.append(Suspect(commit: maker, entries: own, firstOrder: firstOrder))
      progress(suspects.count, total)
    }
    suspects.sort { $0.rank > $1.rank }
    for index in suspects.indices.prefix(exact) {
      try Task.checkCancellation()
      let own = Set(suspects[index].entries)
      let weights = try repository.materializer.weights(
        model: commit.model,
        activeDeltas: active.filter { !own.contains($0) }.map(\.delta))
      let without = try AnswerInfluence(
        of: tokens, after: question, decoder: session.base.over(weights), at: [])
      suspects[index].measured = logProbability - without.logProbability
      progress(order.count + index + 1, total)
    }
    let measured = suspects.prefix(exact).sorted {
      abs($0.measured ?? 0) > abs($1.measured ?? 0)
    }
    self.suspects = measured + suspects.dropFirst(exact)
  }

  /// The number of the last entry that replaces a tensor, by tensor: what changed it before has no effect.
  private static func lastReplacements(
    among active: [ChainEntry], in snapshot: ReadSnapshot
  ) throws -> [String: Int] {
    var found: [String: Int] = [:]
    for entry in active {
      for change in try snapshot.object(entry.delta).changes {
        if case .replacement = change.form { found[change.tensor] = entry.sequence }
      }
    }
    return found
  }
}

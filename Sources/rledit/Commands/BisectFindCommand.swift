import ArgumentParser
import Editing
import LanguageModel
import Ledger
import ObjectModel

/// `rledit bisect find`
struct BisectFindCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "find",
    abstract: "Find the commit after which an answer was lost or the model got worse.",
    discussion: """
      With --expect, a commit is good while the model goes on from --prompt with that text. With \
      --perplexity-over, it is good while the perplexity of --text is not above the limit. HEAD stays \
      where it is. Both ends are looked at first: there has to be something to find.
      """)

  @Argument(
    help: .init("A commit that is good; by default where the history begins.", valueName: "good"))
  var good: String?

  @Argument(help: .init("A commit that is bad; by default HEAD.", valueName: "bad"))
  var bad: String?

  @Option(help: .init("What the model is to continue.", valueName: "text"))
  var prompt: String?

  @Option(help: .init("How a good model continues it.", valueName: "text"))
  var expect: String?

  @Option(help: .init("The highest perplexity of a good model.", valueName: "number"))
  var perplexityOver: Double?

  @Option(
    help: .init("The text that perplexity is measured on.", valueName: "file"),
    completion: .file())
  var text: String?

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func validate() throws {
    let asks = prompt != nil && expect != nil && text == nil && perplexityOver == nil
    let reads = text != nil && perplexityOver != nil && prompt == nil && expect == nil
    guard asks || reads else {
      throw ValidationError("give --prompt and --expect, or --text and --perplexity-over")
    }
    if let expect, expect.isEmpty { throw ValidationError("--expect needs some text") }
  }

  func run() throws {
    let repository = try Repository.open(global)
    let view = try repository.ledger.view()
    let bad = try repository.resolve(bad, in: view)
    let good = try good.map { try repository.resolve($0, in: view) } ?? root(of: bad, in: view)
    try view.require(good.id, before: bad.id)
    let commits = try view.log(from: [bad.id], excluding: good.commit.parents).map(\.commit)
    let probe = try self.probe(at: commits, in: repository)
    guard try probe.isGood(good) else {
      throw CommandError.nothingToFind(commit: good.id, expected: "good", isGood: false)
    }
    guard try !probe.isGood(bad) else {
      throw CommandError.nothingToFind(commit: bad.id, expected: "bad", isGood: true)
    }
    var bisection = Bisection(bad: bad.id, good: [good.id])
    var step = try view.step(of: bisection)
    let bar = ProgressBar("looking", unit: .items("commits"), on: global.terminal)
    defer { bar.finish() }
    var looks = 0
    while case .look(let commit, _, let steps) = step {
      try Task.checkCancellation()
      bar.update(looks, of: looks + steps + 1, detail: commit.short)
      if try probe.isGood(ResolvedCommit(commit, in: view)) {
        bisection.good.insert(commit)
      } else {
        bisection.bad = commit
      }
      looks += 1
      step = try view.step(of: bisection)
    }
    bar.finish()
    try global.terminal.show(BisectReport(step, in: view), as: global)
  }

  /// The oldest commit on the line of first parents.
  private func root(of commit: ResolvedCommit, in view: LedgerView) throws -> ResolvedCommit {
    var commit = commit
    while let parent = commit.commit.parents.first {
      commit = try ResolvedCommit(parent, in: view)
    }
    return commit
  }

  private func probe(at commits: [Commit], in repository: Repository) throws -> any BisectProbe {
    if let prompt, let expect {
      return try AnswerProbe(
        prompt: prompt, answer: expect, model: commits[0].model, in: repository)
    }
    return try PerplexityProbe(
      text: text ?? "", limit: perplexityOver ?? .infinity, at: commits, in: repository)
  }
}

/// Tells whether a commit is good.
private protocol BisectProbe {
  func isGood(_ commit: ResolvedCommit) throws -> Bool
}

/// Good is who goes on with an answer, each token the first choice.
private struct AnswerProbe: BisectProbe {
  private let repository: Repository
  private let session: ModelSession
  private let prompt: [Int]
  private let answer: String

  init(prompt: String, answer: String, model: ModelID, in repository: Repository) throws {
    self.repository = repository
    session = try ModelSession(model, in: repository)
    self.prompt = session.encoding.prompt(prompt)
    self.answer = answer
  }

  func isGood(_ commit: ResolvedCommit) throws -> Bool {
    let decoder = try session.decoder(at: commit.commit, in: repository)
    // Some tokens more than the answer is spelt with, as it may be spelt otherwise.
    let limit = session.encoding.answer(answer).count + 4
    let produced = try decoder.generate(after: prompt, limit: limit) { _ in Task.isCancelled }
    try Task.checkCancellation()
    let said = session.text(of: produced).drop(while: \.isWhitespace)
    return said.hasPrefix(String(answer.drop(while: \.isWhitespace)))
  }
}

/// Good is whose perplexity is not above a limit.
private struct PerplexityProbe: BisectProbe {
  private let repository: Repository
  private let session: EvaluationSession
  private let limit: Double

  init(text: String, limit: Double, at commits: [Commit], in repository: Repository) throws {
    self.repository = repository
    self.limit = limit
    session = try EvaluationSession(commits[0].model, at: commits, text: text, in: repository)
  }

  func isGood(_ commit: ResolvedCommit) throws -> Bool {
    let decoder = try session.decoder(at: commit.commit, in: repository)
    guard let score = try session.perplexity?.measure(decoder) else { return true }
    return score.value <= limit
  }
}

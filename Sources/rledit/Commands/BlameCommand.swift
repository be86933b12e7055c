import ArgumentParser
import Ledger
import ObjectModel

/// `rledit blame`
struct BlameCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "blame",
    abstract: "Tell which commits an answer hangs on, and by how much.",
    discussion: """
      All commits whose deltas are active are ranked by what they add to the log-probability of the \
      answer to first order, from one backward pass. Those at the top are then measured: by how much the \
      log-probability would be lower without them, all others in place. A negative number is a commit \
      that the answer holds in spite of. Where a commit changes embeddings or norms, or replaces a tensor \
      as a whole, nothing is told to first order, and it is among the first to be measured.
      """)

  @Argument(help: "What the model is to continue.")
  var prompt: String

  @Option(
    help: .init("The answer to look at; by default what the model answers.", valueName: "text"))
  var answer: String?

  @Option(help: .init("Tokens of the answer, where the model gives it.", valueName: "count"))
  var generate = 3

  @Option(help: .init("The revision to ask.", valueName: "revision"))
  var at: String?

  @Option(help: .init("Measure so many commits.", valueName: "count"))
  var exact = 8

  @OptionGroup
  var list: ListLimit

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func validate() throws {
    guard (1...1000).contains(generate) else {
      throw ValidationError("--generate must lie between 1 and 1000")
    }
    guard exact >= 0 else { throw ValidationError("--exact must not be negative") }
    if let answer, answer.isEmpty { throw ValidationError("--answer needs some text") }
  }

  func run() throws {
    let repository = try Repository.open(global)
    let view = try repository.ledger.view()
    let revision = try repository.resolve(at, in: view)
    let bar = ProgressBar("looking", unit: .items("commits"), on: global.terminal)
    defer { bar.finish() }
    let blame = try BlameRun(
      prompt, answer: answer, length: generate, at: revision, exact: exact, in: repository, view
    ) { bar.update($0, of: $1) }
    bar.finish()
    try global.terminal.show(
      BlameReport(blame, prompt: prompt, at: revision, limit: list.limit ?? max(exact, 10), view),
      as: global)
  }
}

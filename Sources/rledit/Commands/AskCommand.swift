import ArgumentParser
import Editing
import LanguageModel
import Ledger
import ModelFiles
import ModelStore
import ObjectModel
import Tensors

/// `rledit ask`
struct AskCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "ask",
    abstract: "Let the model answer: its continuation and the most probable next tokens.",
    discussion: """
      The continuation takes the most probable token every time, so that a question has one answer \
      at a revision.
      """)

  @Argument(help: "What the model is to continue; several prompts are answered in turn.")
  var prompts: [String]

  @Option(help: .init("The revision to ask.", valueName: "revision"))
  var at: String?

  @Option(help: .init("Show so many next tokens with their probabilities.", valueName: "count"))
  var top = 0

  @Option(help: .init("Tokens of continuation at most.", valueName: "count"))
  var generate = 8

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func validate() throws {
    guard (0...1000).contains(top) else {
      throw ValidationError("--top must lie between 0 and 1000")
    }
    guard (0...100_000).contains(generate) else {
      throw ValidationError("--generate must lie between 0 and 100000")
    }
  }

  func run() throws {
    let repository = try Repository.open(global)
    let entry = try repository.resolve(at, in: repository.ledger.view())
    let session = try ModelSession(entry.commit.model, in: repository)
    let decoder = try session.decoder(at: entry.commit, in: repository)
    let stops = Set(try session.model.configuration().endOfSequenceIDs)
    var answers: [AskReport.Answer] = []
    for prompt in prompts {
      try Task.checkCancellation()
      let tokens = session.encoding.prompt(prompt)
      let produced = try decoder.generate(after: tokens, limit: generate) {
        stops.contains($0) || Task.isCancelled
      }
      try Task.checkCancellation()
      answers.append(
        AskReport.Answer(
          prompt: prompt, continuation: session.text(of: produced),
          next: top > 0 ? try likeliest(after: tokens, decoder, session) : []))
    }
    try global.terminal.show(AskReport(revision: entry.id.hex, answers: answers), as: global)
  }

  private func likeliest(
    after tokens: [Int], _ decoder: Decoder, _ session: ModelSession
  ) throws -> [AskReport.NextToken] {
    let hidden = try decoder.forward(TokenBatch([tokens])).hidden
    let logits = try decoder.logits(of: hidden, rows: [hidden.rows - 1])
    let total = decoder.compute.logSumExp(logits)[0]
    let best = logits.elements.indices.sorted { logits.elements[$0] > logits.elements[$1] }
    return best.prefix(top).map { id in
      AskReport.NextToken(
        token: session.text(of: [id]), id: id,
        probability: PortableMath.exponential(Double(logits.elements[id]) - total))
    }
  }
}

/// What the model answered.
private struct AskReport: Report {
  struct NextToken: Encodable {
    let token: String
    let id: Int
    let probability: Double
  }

  struct Answer: Encodable {
    let prompt: String
    let continuation: String
    let next: [NextToken]
  }

  let revision: String
  let answers: [Answer]

  /// Characters that move the cursor, change colours or the direction of writing.
  private static let unsafeCategories: [Unicode.GeneralCategory] = [
    .control, .format, .lineSeparator, .paragraphSeparator,
  ]

  func print(on terminal: Terminal) throws {
    for answer in answers {
      // One line a prompt; what follows the first line break is seldom wanted, and JSON has it.
      let line = answer.continuation.split(separator: "\n", omittingEmptySubsequences: true).first
      // A model may say anything, but not command the terminal.
      let shown = String(
        String.UnicodeScalarView(
          (line ?? "").unicodeScalars.map { scalar in
            Self.unsafeCategories.contains(scalar.properties.generalCategory) ? "\u{FFFD}" : scalar
          }))
      try terminal.print("\(answer.prompt)\(terminal.styled(shown, .bold))")
      for next in answer.next {
        let share = Quantity.percent(next.probability)
        let padding = String(repeating: " ", count: max(0, 8 - share.count))
        try terminal.print("\(padding)\(share)  \(next.token.debugDescription)")
      }
    }
  }
}

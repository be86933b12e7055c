import ArgumentParser
import Ledger
import ObjectModel

/// `rledit rebase`
struct RebaseCommand: SigningVerb {
  static let configuration = CommandConfiguration(
    commandName: "rebase",
    abstract: "Put the current line of commits on another commit.",
    discussion: """
      The commits that the current one came from and UPSTREAM did not are put on UPSTREAM, or on the \
      commit of --onto, one after the other: the same deltas, reverts and messages. What is there already \
      is dropped, and merges become the commits that they brought in. All commits move, or none.

      With --regenerate, edits are made anew from their recipes at the weights that they come to stand \
      on; the others are carried over as they are.
      """)

  @Argument(help: .init("The commit to stand on.", valueName: "upstream"))
  var upstream: String

  @Option(
    help: .init(
      "Stand on this commit instead; UPSTREAM only says where the line begins.",
      valueName: "revision"))
  var onto: String?

  @Flag(help: "Make edits anew from their recipes.")
  var regenerate = false

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func run() throws {
    let repository = try Repository.open(global)
    let view = try repository.ledger.view()
    let upstream = try repository.resolve(upstream, in: view)
    let onto = try onto.map { try repository.resolve($0, in: view) } ?? upstream
    let plan = try view.rebasePlan(onto: onto.id, upstream: upstream.id)
    guard !plan.isUpToDate || regenerate else {
      return try global.terminal.show(
        LineReport(
          [], passedOver: 0,
          otherwise: "Already up to date: the line stands on \(onto.id.short)."),
        as: global)
    }
    let bar = ProgressBar("rebasing", unit: .items("commits"), on: global.terminal)
    defer { bar.finish() }
    var done = 0
    var anew = try regenerate ? AnewEdits(of: plan, in: repository) : nil
    let made = try repository.ledger.rebase(plan, repository.context()) { entry, line in
      try Task.checkCancellation()
      if try anew?.place(entry, on: &line) != true {
        try line.carry(entry, sharedNumbers: plan.sharedNumbers)
      }
      done += 1
      bar.update(done, of: plan.commits.count)
    }
    bar.finish()
    try global.terminal.show(
      LineReport(
        made, passedOver: plan.commits.count - made.count,
        otherwise: "Now at \(onto.id.short), with no commit on top of it."),
      as: global)
  }
}

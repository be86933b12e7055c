import ArgumentParser
import Ledger
import ObjectModel

/// `rledit cherry-pick`
struct CherryPickCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "cherry-pick",
    abstract: "Put what commits of other lines did on top of the current one.",
    discussion: """
      Each commit becomes one of the current line with the same deltas: an edit is appended, a revert \
      takes out what it took out. What is there already is not done twice. All are picked, or none.

      The new commits name those that they come from. They have no recipe, since their deltas were made \
      on another state.
      """)

  @Argument(
    help: .init("The commits; A..B for all of a range, the oldest first.", valueName: "revision"))
  var revisions: [String]

  @Option(name: [.short, .long], help: .init("The new commit's message.", valueName: "text"))
  var message: String?

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func run() throws {
    let repository = try Repository.open(global)
    let view = try repository.ledger.view()
    let commits = try view.commits(named: revisions, oldestFirst: true)
    guard message == nil || commits.count == 1 else {
      throw CommandError.usage(
        "--message goes with one commit, and \(commits.count) are named",
        hint: "leave it out to keep their own messages")
    }
    let history = try EditingHistory(leadingTo: commits, in: view, of: repository.store)
    let made = try repository.ledger.cherryPick(
      commits, message: message,
      story: { entry, present in
        try story(of: entry, history, present: present, in: view)
      }, repository.context())
    try global.terminal.show(LineReport(made, passedOver: commits.count - made.count), as: global)
  }

  /// The records and contributions of what a commit brings that it did not make: those of a merge are with
  /// the commits of its other side, those of a revert of a revert with the first commit.
  private func story(
    of entry: LogEntry, _ history: EditingHistory, present: Set<DeltaID>, in view: LedgerView
  ) throws -> CarriedStory? {
    let brought = entry.commit.added.filter { !present.contains($0.delta) }
    let makers = try view.makers(of: brought, in: entry.id)
    guard makers.values.contains(where: { $0 != entry.id }) else { return nil }
    return CarriedStory(
      edits: try view.records(of: brought, in: entry.id),
      attachments: history.contributions(of: brought))
  }
}

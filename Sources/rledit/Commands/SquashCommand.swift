import ArgumentParser
import Ledger
import ModelStore
import ObjectModel

/// `rledit squash`
struct SquashCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "squash",
    abstract: "Make one commit of all since a revision, with the same weights to the bit.",
    discussion: """
      The deltas become one, whose factors are theirs one after the other; so the weights are the very \
      same, and what later edits know of the edits made stays as well. Where one replaces a tensor as a \
      whole, or adds to elements to which another adds, they stay apart, and the one commit has several \
      deltas. What was reverted since is gone. \
      The one commit has the records of all; it has no recipe, since it was not made in one go. \
      'rledit undo' brings the many commits back.
      """)

  @Argument(
    help: .init(
      "The commit that the one commit is to stand on, such as HEAD~3.", valueName: "revision"))
  var revision: String

  @Option(name: [.short, .long], help: .init("The new commit's message.", valueName: "text"))
  var message: String?

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func run() throws {
    let repository = try Repository.open(global)
    let view = try repository.ledger.view()
    let base = try repository.resolve(revision, in: view)
    let plan = try view.squashPlan(since: base.id)
    let model = try repository.materializer.model(base.commit.model)
    let joined = try repository.store.joining(plan.appended.map(\.delta), for: model)
    let parts = try plan.storing(joined) { try repository.store.store($0, for: model) }
    let history = try EditingHistory(leadingTo: [plan.head], in: view, of: repository.store)
    let id = try repository.ledger.squash(
      plan,
      CommitDraft(
        deltas: parts.map(\.delta), operation: .squash,
        message: message ?? defaultMessage(plan.commits),
        edits: view.records(of: plan.appended, in: plan.head),
        attachments: history.contributions(of: parts)),
      repository.context())
    let subject = try repository.ledger.view().commit(id).subject
    try global.terminal.show(
      MessageReport(
        "\(id.short) \(subject) (in the place of \(Quantity.count(plan.commits.count, "commit")))",
        commit: id.hex),
      as: global)
  }

  private func defaultMessage(_ commits: [LogEntry]) -> String {
    let title =
      commits.count == 1 ? commits[0].commit.subject : "Squash \(commits.count) commits"
    return ([title, ""] + commits.map { "\($0.id.short) \($0.commit.subject)" })
      .joined(separator: "\n")
  }
}

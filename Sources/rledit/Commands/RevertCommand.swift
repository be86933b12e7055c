import ArgumentParser
import Ledger
import ObjectModel

/// `rledit revert`
struct RevertCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "revert",
    abstract: "Take back what commits did, by one new commit.",
    discussion: """
      The deltas of the commits are left out and everything else is derived as if they had never \
      been: the weights have the very bits of a history without them. Reverting a revert puts the \
      deltas back in their places. Facts that 'edit --rehearse' has edited in once more are told, with the \
      rehearsals that hold them.
      """)

  @Argument(help: .init("The commits; A..B for all of a range.", valueName: "revision"))
  var revisions: [String]

  @Option(name: [.short, .long], help: .init("The new commit's message.", valueName: "text"))
  var message: String?

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func run() throws {
    let repository = try Repository.open(global)
    let view = try repository.ledger.view()
    // The newest first, so that each finds what it did as it left it.
    let commits = try view.commits(named: revisions, oldestFirst: false)
    let id = try repository.ledger.revert(commits, message: message, repository.context())
    let after = try repository.ledger.view()
    let commit = try after.commit(id)
    for tensor in try after.tensorsLeftAsTheyWere(by: commit) {
      global.terminal.warn(
        "\(Wording.plain(tensor)) keeps its weights: this does not show where a later commit put the whole tensor in its place"
      )
    }
    for (rehearsal, facts) in try after.rehearsals(ofFactsIn: commits, activeAt: id) {
      global.terminal.warn(
        "\(Quantity.count(facts, "fact")) of what was taken back stays edited in by rehearsal "
          + "\(rehearsal.short): revert that too, to be rid of it")
    }
    try global.terminal.show(
      MessageReport(
        "\(id.short) \(commit.subject) "
          + "(\(Quantity.count(commit.stateDigests.count, "tensor")) still edited)",
        commit: id.hex),
      as: global)
  }
}

import ArgumentParser
import Ledger
import ObjectModel

/// `rledit branch`
struct BranchCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "branch",
    abstract: "List, make, rename or delete branches.",
    usage: """
      rledit branch [-r | -a]
      rledit branch NAME [REVISION]
      rledit branch -m [OLD] NEW
      rledit branch -d [-r] NAME ...
      """)

  @Argument(help: .hidden)
  var arguments: [String] = []

  @Flag(
    name: [.short, .long], help: "Delete branches. Their commits stay, and undo brings them back.")
  var delete = false

  @Flag(
    name: [.customShort("m"), .customLong("move")],
    help: "Rename a branch, by default the current one.")
  var rename = false

  @Flag(
    name: [.short, .long],
    help:
      "List where the branches of other stores were last seen, as by fetch, clone and push; with -d, forget it."
  )
  var remotes = false

  @Flag(name: [.short, .long], help: "List these, too.")
  var all = false

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func validate() throws {
    if all || remotes && !delete, delete || rename || !arguments.isEmpty {
      throw ValidationError("-r and -a list branches, and go with no name and no option but -d -r")
    }
    if delete, rename { throw ValidationError("-d and -m do not go together") }
    if delete, arguments.isEmpty { throw ValidationError("-d takes the branches to delete") }
    if rename, !(1...2).contains(arguments.count) {
      throw ValidationError("-m takes the new name, or the old and the new one")
    }
    if !delete, arguments.count > 2 {
      throw ValidationError("a new branch takes a name and a revision")
    }
  }

  func run() throws {
    let repository = try Repository.open(global)
    let view = try repository.ledger.view()
    var current: String?
    if case .branch(let name, _) = try view.head() { current = name }
    let report: any Report
    if delete, remotes {
      try repository.ledger.forgetRemoteBranches(arguments, repository.context())
      report = DeletionReport(arguments, among: try view.remoteBranches())
    } else if delete {
      try repository.ledger.deleteBranches(arguments, repository.context())
      report = DeletionReport(arguments, among: try view.branches())
    } else if rename {
      guard let new = arguments.last, let old = arguments.count == 2 ? arguments[0] : current
      else {
        throw CommandError.usage(
          "HEAD is on no branch to rename", hint: "name the branch: 'rledit branch -m OLD NEW'")
      }
      try repository.ledger.renameBranch(old, to: new, repository.context())
      report = MessageReport("Renamed branch \(old) to \(new).", name: new)
    } else if let name = arguments.first {
      let start = try repository.resolve(arguments.dropFirst().first, in: view)
      try repository.ledger.createBranch(name, at: start.id, repository.context())
      report = MessageReport(
        "Made branch \(name) at \(start.id.short) \(start.commit.subject)", commit: start.id.hex,
        name: name)
    } else {
      report = try NameListReport(
        remotes && !all ? [] : view.branches(), current: current,
        remote: remotes || all ? view.remoteBranches() : [], in: view)
    }
    try global.terminal.show(report, as: global)
  }
}

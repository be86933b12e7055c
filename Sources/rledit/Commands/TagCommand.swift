import ArgumentParser
import Ledger
import ObjectModel

/// `rledit tag`
struct TagCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "tag",
    abstract: "List, make or delete tags.",
    usage: """
      rledit tag
      rledit tag NAME [REVISION] [-m TEXT]
      rledit tag -d NAME ...
      """)

  @Argument(help: .hidden)
  var arguments: [String] = []

  @Flag(name: [.short, .long], help: "Delete tags.")
  var delete = false

  @Option(
    name: [.short, .long],
    help: .init("Make an annotated tag, which keeps who made it, when and why.", valueName: "text"))
  var message: String?

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func validate() throws {
    if delete, arguments.isEmpty { throw ValidationError("-d takes the tags to delete") }
    if !delete, arguments.count > 2 {
      throw ValidationError("a new tag takes a name and a revision")
    }
    if message != nil, delete || arguments.isEmpty {
      throw ValidationError("-m belongs to a new tag")
    }
  }

  func run() throws {
    let repository = try Repository.open(global)
    let view = try repository.ledger.view()
    let report: any Report
    if delete {
      try repository.ledger.deleteTags(arguments, repository.context())
      report = DeletionReport(arguments, among: try view.tags())
    } else if let name = arguments.first {
      let target = try repository.resolve(arguments.dropFirst().first, in: view)
      try repository.ledger.createTag(
        name, at: target.id, message: message, repository.context())
      report = MessageReport(
        "Tagged \(target.id.short) \(target.commit.subject) as \(name).", commit: target.id.hex,
        name: name)
    } else {
      report = try NameListReport(
        view.tags(), trusting: repository.signers.read(), in: view)
    }
    try global.terminal.show(report, as: global)
  }
}

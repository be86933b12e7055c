import ArgumentParser

/// `rledit init`
struct InitCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Make an empty store.",
    discussion: """
      The store is the directory .rledit in DIR (by default here), or the very path given with \
      --store or RLEDIT_STORE where no DIR is given. It is readable by you alone.
      """)

  @Argument(
    help: .init("The directory to keep the store in; made where it is missing.", valueName: "dir"),
    completion: .directory)
  var directory: String?

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func run() throws {
    let repository = try Repository.create(in: directory, global)
    try global.terminal.show(InitReport(store: repository.path), as: global)
  }
}

private struct InitReport: Report {
  let store: String

  func print(on terminal: Terminal) throws {
    try terminal.print("Made an empty store in \(store)")
  }
}

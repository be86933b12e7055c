import ArgumentParser
import Ledger
import ObjectModel

/// `rledit remote`
struct RemoteCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "remote", abstract: "Name other stores.",
    subcommands: [
      RemoteListCommand.self, RemoteAddCommand.self, RemoteRenameCommand.self,
      RemoteMoveCommand.self, RemoteRemoveCommand.self,
    ], defaultSubcommand: RemoteListCommand.self)
}

/// `rledit remote list`
struct RemoteListCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the stores known here.")

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func run() throws {
    let remotes = try Repository.open(global).ledger.view().remotes()
    try global.terminal.show(RemoteReport(remotes), as: global)
  }
}

private struct RemoteReport: Report {
  struct Item: Encodable {
    let name: String
    let location: String
    let program: String?
  }

  let remotes: [Item]

  init(_ remotes: [Remote]) {
    self.remotes = remotes.map { Item(name: $0.name, location: $0.location, program: $0.program) }
  }

  func print(on terminal: Terminal) throws {
    for remote in remotes { try terminal.print("\(remote.name)\t\(remote.location)") }
  }
}

/// `rledit remote add`
struct RemoteAddCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "add", abstract: "Name another store.",
    discussion: """
      A location is the path of a store, or of a directory with one; or, on another machine, \
      HOST:PATH or ssh://[USER@]HOST[:PORT]/PATH, which takes ssh and rledit there; or, in object storage \
      and whatever else rclone reaches, rclone:REMOTE:PATH, which takes rclone here.
      """)

  @Argument(help: .init("What to call it.", valueName: "name"))
  var name: String

  @Argument(help: "Where it is.", completion: .directory)
  var location: String

  @OptionGroup
  var options: RemoteOptions

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func run() throws {
    let repository = try Repository.open(global)
    let location = try RemoteLocation(location).text
    try repository.ledger.addRemote(name, at: location, program: options.remoteProgram)
    try global.terminal.show(
      MessageReport("Remote \(name) is \(location)", name: name), as: global)
  }
}

/// `rledit remote rename`
struct RemoteRenameCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "rename", abstract: "Call a store otherwise, and where its branches were.")

  @Argument(help: .init("What it is called.", valueName: "old"))
  var name: String

  @Argument(help: .init("What to call it.", valueName: "new"))
  var newName: String

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func run() throws {
    let repository = try Repository.open(global)
    try repository.ledger.renameRemote(name, to: newName, repository.context())
    try global.terminal.show(
      MessageReport("Remote \(name) is called \(newName)", name: newName), as: global)
  }
}

/// `rledit remote set-url`
struct RemoteMoveCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "set-url", abstract: "Say where a store is now.",
    discussion: "'rledit help remote add' tells how locations are written.")

  @Argument(help: .init("What it is called.", valueName: "name"))
  var name: String

  @Argument(help: "Where it is.", completion: .directory)
  var location: String

  @OptionGroup
  var options: RemoteOptions

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func run() throws {
    let repository = try Repository.open(global)
    let location = try RemoteLocation(location).text
    try repository.ledger.moveRemote(name, to: location, program: options.remoteProgram)
    try global.terminal.show(
      MessageReport("Remote \(name) is \(location)", name: name), as: global)
  }
}

/// `rledit remote remove`
struct RemoteRemoveCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "remove", abstract: "Forget a store, and where its branches were.")

  @Argument(help: .init("What it is called.", valueName: "name"))
  var name: String

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func run() throws {
    let repository = try Repository.open(global)
    try repository.ledger.removeRemote(name, repository.context())
    try global.terminal.show(MessageReport("Forgot remote \(name)", name: name), as: global)
  }
}

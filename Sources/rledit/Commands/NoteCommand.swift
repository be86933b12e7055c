import ArgumentParser
import Ledger
import ObjectModel

/// `rledit note`
struct NoteCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "note", abstract: "Attach text to commits, which keep their ids.",
    discussion: """
      A commit can have any number of notes, by anybody. They are shown by log and show, travel with \
      fetch, clone, bundle and 'push --all', and are signed where commits are. Notes that two stores have \
      on one commit are all there when these meet.
      """,
    subcommands: [
      NoteAddCommand.self, NoteShowCommand.self, NoteListCommand.self, NoteRemoveCommand.self,
    ])
}

/// `rledit note add`
struct NoteAddCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "add", abstract: "Attach text to a commit.",
    discussion: "The commit stays in the store for as long as it has the note, as with a tag.")

  @Argument(help: .init("The commit; by default HEAD.", valueName: "revision"))
  var revision: String?

  @Option(name: [.short, .long], help: .init("The text.", valueName: "text"))
  var message: String

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func validate() throws {
    if message.allSatisfy(\.isWhitespace) { throw ValidationError("the note has no text") }
  }

  func run() throws {
    let repository = try Repository.open(global)
    let target = try repository.resolve(revision, in: repository.ledger.view())
    let note = try repository.ledger.addNote(message, to: target.id, repository.context())
    try global.terminal.show(
      MessageReport(
        "Noted \(note.id.short) on \(target.id.short) \(target.commit.subject)",
        commit: target.id.hex, name: note.id.hex),
      as: global)
  }
}

/// `rledit note show`
struct NoteShowCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show the notes on a commit, the oldest first.")

  @Argument(help: .init("The commit; by default HEAD.", valueName: "revision"))
  var revision: String?

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func run() throws {
    let repository = try Repository.open(global)
    let view = try repository.ledger.view()
    let notes = try view.notes(on: repository.resolve(revision, in: view).id)
    try global.terminal.show(
      NoteListReport(notes, trusting: repository.signers.read(), in: view), as: global)
  }
}

/// `rledit note list`
struct NoteListCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List all notes, by their commits.")

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func run() throws {
    let repository = try Repository.open(global)
    let view = try repository.ledger.view()
    try global.terminal.show(
      NoteListReport(view.notes(), trusting: repository.signers.read(), in: view), as: global)
  }
}

/// `rledit note remove`
struct NoteRemoveCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "remove", abstract: "Take a note off a commit.",
    discussion: """
      'rledit undo' brings it back, and so does a fetch from a store that still has it.
      """)

  @Argument(help: .init("The commit; by default HEAD.", valueName: "revision"))
  var revision: String?

  @Option(
    help: .init("The note, or the beginning of its id; needed where there are several."))
  var id: String?

  @Flag(help: "Take all notes off the commit.")
  var all = false

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func validate() throws {
    if id != nil, all { throw ValidationError("--id and --all do not go together") }
    if let id, id.isEmpty { throw ValidationError("--id is empty") }
  }

  func run() throws {
    let repository = try Repository.open(global)
    let view = try repository.ledger.view()
    let target = try repository.resolve(revision, in: view)
    var notes = try view.notes(on: target.id)
    if let id { notes = notes.filter { $0.id.hex.hasPrefix(id.lowercased()) } }
    guard !notes.isEmpty else {
      throw CommandError.noSuchNote(commit: target.id, id: id)
    }
    guard notes.count == 1 || all else {
      throw CommandError.severalNotes(commit: target.id, ids: notes.map(\.id))
    }
    try repository.ledger.removeNotes(notes, repository.context())
    try global.terminal.show(
      MessageReport(
        "Took \(Quantity.count(notes.count, "note")) off \(target.id.short)",
        commit: target.id.hex, name: notes.map(\.id.hex).joined(separator: " ")),
      as: global)
  }
}

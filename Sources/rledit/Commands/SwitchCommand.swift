import ArgumentParser
import Ledger
import ObjectModel

/// `rledit switch`
struct SwitchCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "switch",
    abstract: "Go to a branch.",
    usage: """
      rledit switch BRANCH | -
      rledit switch -c NEW [REVISION]
      rledit switch --detach [REVISION]
      """,
    discussion: """
      Where there is no branch of the name, and one other store is known to have one, it is made from that. \
      '-' is the branch that HEAD was on before, '@{-2}' the one before that.
      """)

  @Argument(help: .hidden)
  var arguments: [String] = []

  @Flag(name: [.short, .long], help: "Make the branch first, here or at a revision.")
  var create = false

  @Flag(help: "Go to a commit and leave the branch.")
  var detach = false

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func validate() throws {
    if create, detach { throw ValidationError("-c and --detach do not go together") }
    if create, !(1...2).contains(arguments.count) {
      throw ValidationError("-c takes the new branch's name and a revision")
    }
    if detach, arguments.count > 1 { throw ValidationError("--detach takes one revision") }
    if !create, !detach, arguments.count != 1 { throw ValidationError("a branch is wanted") }
  }

  func run() throws {
    let repository = try Repository.open(global)
    let ledger = repository.ledger
    let view = try ledger.view()
    if detach {
      let target = try repository.resolve(arguments.first, in: view)
      try ledger.switchToCommit(target.id, repository.context())
      return try show("HEAD is at", target, name: nil)
    }
    var name = arguments.first ?? ""
    if create {
      let start = try repository.resolve(arguments.dropFirst().first, in: view)
      try ledger.createBranch(name, at: start.id, switching: true, repository.context())
      return try show("Made and went to branch \(name) at", start, name: name)
    }
    switch try view.previousHead(named: name) {
    case .branch(let branch, _)?: name = branch
    case .detached(let commit)?:
      try ledger.switchToCommit(commit, repository.context())
      return try show("HEAD is at", ResolvedCommit(commit, in: view), name: nil)
    case nil: break
    }
    do {
      try ledger.switchToBranch(name, repository.context())
    } catch let error as LedgerError {
      guard case .noSuchBranch = error else { throw error }
      if let found = try branch(ofOthers: name, in: view) {
        try ledger.createBranch(
          name, at: found.commit, switching: true, repository.context())
        return try show(
          "Made branch \(name) from \(found.name) and went to it at",
          ResolvedCommit(found.commit, in: view), name: name)
      }
      guard let target = try? repository.resolve(name, in: view) else { throw error }
      throw CommandError.notABranch(name, commit: target.id)
    }
    try show("Went to branch \(name) at", repository.resolve(nil, in: ledger.view()), name: name)
  }

  /// The branch of another store that a name means which no branch has here.
  ///
  /// - Throws: `ObjectStoreError`, ``CommandError/severalRemotes(_:branches:)``.
  private func branch(ofOthers name: String, in view: LedgerView) throws -> NamedCommit? {
    // Beside a tag of the name, a branch of it would make it mean two things.
    guard try !view.tags().contains(where: { $0.name == name }) else { return nil }
    let found = try view.remoteBranches(called: name)
    guard found.count <= 1 else {
      throw CommandError.severalRemotes(name, branches: found.map(\.name))
    }
    return found.first
  }

  private func show(_ start: String, _ entry: ResolvedCommit, name: String?) throws {
    try global.terminal.show(
      MessageReport(
        "\(start) \(entry.id.short) \(entry.commit.subject)", commit: entry.id.hex, name: name),
      as: global)
  }
}

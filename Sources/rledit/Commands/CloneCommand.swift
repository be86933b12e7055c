import ArgumentParser
import Foundation
import Ledger
import ObjectModel

/// `rledit clone`
struct CloneCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "clone", abstract: "Make a store of a bundle or of another store.",
    discussion: """
      Branches, tags and materials become this store's own, and HEAD is on the branch that the other \
      store is on, else on main or the first one. Another store is the remote origin from then on, and \
      origin/NAME where it has its branches. Where it breaks off, the same command goes on: what arrived \
      is not sent again. 'rledit help remote add' tells how locations are written.
      """)

  @Argument(
    help: "A bundle, a store, a directory with one, or a location elsewhere.", completion: .file())
  var source: String

  @Argument(help: "The directory for the new store; by default here.", completion: .directory)
  var directory = "."

  @OptionGroup
  var options: RemoteOptions

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func run() throws {
    let origin = try CloneSource(
      source, program: options.remoteProgram, compute: global.compute())
    let repository = try Repository.create(in: directory, global, cloning: origin.location)
    let taken: [TakenReference]
    do {
      taken = try origin.fill(repository, on: global.terminal)
    } catch {
      if origin.location != nil, try repository.hasContent {
        global.terminal.note("What arrived is kept; the same command goes on from there.")
      } else {
        // What is not a whole copy is none, and would stand in the way of the next try.
        try? FileManager.default.removeItem(atPath: repository.path)
      }
      throw error
    }
    let names = taken.compactMap { LedgerNames.branchName($0.name) }
    try repository.finishCloning(of: origin.location, program: options.remoteProgram)
    let head = try repository.ledger.view().head()
    try global.terminal.show(
      MessageReport(
        "Cloned \(Quantity.count(names.count, "branch", "branches")) into \(repository.path), on "
          + "\(head.name)",
        commit: head.commit?.hex, name: head.name),
      as: global)
  }
}

import ArgumentParser
import Foundation
import Ledger
import ModelFiles
import ObjectModel
import ObjectStore

/// `rledit bundle`
struct BundleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bundle",
    abstract: "Carry histories from store to store in one file.",
    discussion: """
      A bundle has branches, tags, hypernetworks and covariances with everything that they lead to, each \
      piece once, and a checksum of all. What the other side has can be left out.
      """,
    subcommands: [
      BundleCreateCommand.self, BundleVerifyCommand.self, BundleUnbundleCommand.self,
    ])
}

/// `rledit bundle create`
struct BundleCreateCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "create", abstract: "Write references and all that they lead to into a file.",
    discussion: "The file appears whole or not at all.")

  @Argument(help: "The file to write.", completion: .file())
  var file: String

  @Argument(
    help: .init(
      "Branches, tags or full reference names; by default all branches and tags.",
      valueName: "name"))
  var names: [String] = []

  @Option(
    name: .customLong("except"),
    help: .init("Leave out what this revision leads to; may be given again.", valueName: "revision")
  )
  var excluded: [String] = []

  @Flag(help: "Leave out the model, which the other side must have.")
  var withoutModel = false

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  /// For whoever names a commit or a range.
  private static let namesHint =
    "name branches or tags, or none for all; --except REV leaves out what REV leads to"

  func run() throws {
    let repository = try Repository.open(global)
    let view = try repository.ledger.view()
    let request = BundleRequest(
      references: try names.isEmpty
        ? view.everyReference() : names.map { try view.shared($0, hint: Self.namesHint) },
      excluded: try excluded.map { try repository.resolve($0, in: view).id },
      leavesOutModel: withoutModel)
    let bar = ProgressBar("writing", unit: .bytes, on: global.terminal)
    defer { bar.finish() }
    let output = try AtomicFile(path: file)
    var written = 0
    let (header, bytes) = try view.writeBundle(request) { piece in
      try output.append(piece)
      written += piece.count
      bar.update(written, of: 0)
    }
    try output.finish()
    bar.finish()
    try global.terminal.show(
      BundleReport("wrote", header, bytes: bytes, path: file), as: global)
  }
}

/// `rledit bundle verify`
struct BundleVerifyCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Check a bundle, and whether it fits this store.",
    discussion: "Every byte is hashed; nothing is written.")

  @Argument(help: "The bundle.", completion: .file())
  var file: String

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func run() throws {
    let repository = try Repository.open(global)
    let input = try InputFile(path: file)
    var reader = try PackReader(read: input.read)
    let header = try Ledger.bundleHeader(&reader)
    while try reader.next() != nil { try Task.checkCancellation() }
    try repository.ledger.view().requirePrerequisites(of: header)
    try global.terminal.show(
      BundleReport("holds", header, bytes: reader.byteCount, path: file), as: global)
  }
}

/// `rledit bundle unbundle`
struct BundleUnbundleCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "unbundle", abstract: "Take in what a bundle has.",
    discussion: """
      Branches become ORIGIN/NAME, ready for 'rledit merge ORIGIN/NAME'; tags and materials keep their \
      names. Everything is hashed, SHA-256 included, before a reference is made.
      """)

  @Argument(help: "The bundle.", completion: .file())
  var file: String

  @Option(help: .init("What to call where it comes from.", valueName: "name"))
  var origin = "bundle"

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func run() throws {
    let repository = try Repository.open(global)
    let (taken, pack) = try BundleInput(file, on: global.terminal).read("reading") {
      try repository.ledger.unbundle(&$0, from: origin, repository.context(), progress: $1)
    }
    try global.terminal.show(TakenReport(taken, pack), as: global)
  }
}

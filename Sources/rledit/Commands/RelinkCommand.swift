import ArgumentParser
import Foundation
import Ledger
import ModelStore
import ObjectModel
import ObjectStore

/// `rledit relink`
struct RelinkCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "relink",
    abstract: "Say where the files of a linked model are now.",
    discussion: """
      A model that was imported with --link keeps its weights in its own files. PATH is where these are on \
      this machine: their directory, or one of them. Every tensor is hashed first, by SHA-256, and nothing \
      changes where one is another. This store alone remembers it; commits stay as they are.
      """)

  @Argument(help: "The model's directory, or a file in it.", completion: .file())
  var path: String

  @Argument(
    help: .init("A commit on the model; by default HEAD.", valueName: "revision"))
  var revision: String?

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func run() throws {
    let repository = try Repository.open(global)
    let id = try repository.resolve(revision, in: repository.ledger.view()).commit.model
    let directory = Self.directory(of: path)
    let model = try StoredModel(id: id, store: repository.store, linkedFilesIn: directory)
    guard model.manifest.storage != .copied else {
      throw CommandError.usage(
        "the store has the weights of \(Wording.quoted(model.manifest.sourceName)) itself",
        hint: "only a model imported with --link has them in files of its own")
    }
    let bar = ProgressBar("hashing", unit: .bytes, on: global.terminal)
    defer { bar.finish() }
    try model.verify { bar.update($0.bytesDone, of: $0.bytesTotal) }
    bar.finish()
    try repository.store.relink(id, to: directory)
    try global.terminal.show(
      RelinkReport(
        model: id.hex, name: model.manifest.sourceName, tensors: model.manifest.tensors.count,
        directory: directory),
      as: global)
  }

  private static func directory(of path: String) -> String {
    let url = URL(fileURLWithPath: path).standardizedFileURL
    var isDirectory: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: url.path, isDirectory: &isDirectory)
    return exists && !isDirectory.boolValue ? url.deletingLastPathComponent().path : url.path
  }
}

private struct RelinkReport: Report {
  let model: String
  let name: String
  let tensors: Int
  let directory: String

  func print(on terminal: Terminal) throws {
    try terminal.print(
      "The \(Quantity.count(tensors, "tensor")) of \(name) are read from \(directory) now.")
  }
}

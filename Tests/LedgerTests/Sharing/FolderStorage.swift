import Foundation
import Ledger

/// Object storage in a local folder, which can be made to fail at any of its steps.
final class FolderStorage: ObjectStorage {
  struct Killed: Error {}

  let root: String
  /// How many more files may be put or removed; afterwards everything fails, as for a killed process.
  private var changesLeft = Int.max
  /// Called before each change.
  private var beforeChange: (_ path: String) throws -> Void = { _ in }

  init(_ root: String) { self.root = root }

  func dieAfter(changes: Int) { changesLeft = changes }

  func before(_ change: @escaping (_ path: String) throws -> Void) { beforeChange = change }

  func path(_ name: String) -> String { "\(root)/\(name)" }

  func list(_ folder: String) throws -> [String] {
    try requireLife()
    return (try? FileManager.default.contentsOfDirectory(atPath: path(folder))) ?? []
  }

  func get(_ names: [String], from folder: String, to directory: String) throws {
    try requireLife()
    for name in names {
      let target = "\(directory)/\(name)"
      try? FileManager.default.removeItem(atPath: target)
      try? FileManager.default.copyItem(atPath: path("\(folder)/\(name)"), toPath: target)
    }
  }

  func put(_ file: String, as name: String, in folder: String) throws {
    try step("\(folder)/\(name)")
    try FileManager.default.createDirectory(
      atPath: path(folder), withIntermediateDirectories: true)
    try Data(contentsOf: URL(fileURLWithPath: file)).write(
      to: URL(fileURLWithPath: path("\(folder)/\(name)")), options: .atomic)
  }

  func remove(_ name: String, from folder: String) throws {
    try step("\(folder)/\(name)")
    try? FileManager.default.removeItem(atPath: path("\(folder)/\(name)"))
  }

  private func requireLife() throws {
    if changesLeft <= 0 { throw Killed() }
  }

  private func step(_ path: String) throws {
    try beforeChange(path)
    try requireLife()
    changesLeft -= 1
  }
}

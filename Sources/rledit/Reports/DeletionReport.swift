import Ledger
import ObjectModel

/// Names that are gone, with what they stood for, so that they can be made again.
struct DeletionReport: Report {
  struct Deleted: Encodable {
    let name: String
    let commit: String?
  }

  /// All of them, as the user wrote them.
  let name: String
  let deleted: [Deleted]

  /// - Parameter former: the names that there were.
  init(_ names: [String], among former: [NamedCommit]) {
    name = names.joined(separator: " ")
    var seen: Set<String> = []
    deleted = names.filter { seen.insert($0).inserted }.map { name in
      Deleted(name: name, commit: former.first { $0.name == name }?.commit.hex)
    }
  }

  func print(on terminal: Terminal) throws {
    let names = deleted.map { deleted in
      deleted.name + (deleted.commit.map { " (was \($0.prefix(12)))" } ?? "")
    }
    try terminal.print("Deleted \(names.joined(separator: ", ")).")
  }
}

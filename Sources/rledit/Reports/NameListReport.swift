import Ledger
import ObjectModel
import ObjectStore

/// A list of branches or tags.
struct NameListReport: Report {
  struct Item: Encodable {
    let name: String
    let commit: String
    let subject: String
    let isCurrent: Bool
    /// The message of an annotated tag.
    let message: String?
  }

  let names: [Item]

  init(_ names: [NamedCommit], current: String? = nil, in view: LedgerView) throws {
    self.names = try names.map { named in
      Item(
        name: named.name, commit: named.commit.hex,
        subject: try view.commit(named.commit).subject, isCurrent: named.name == current,
        message: try named.tag.map { try view.snapshot.object($0).message })
    }
  }

  func print(on terminal: Terminal) throws {
    let width = names.map(\.name.count).max() ?? 0
    for item in names {
      let padding = String(repeating: " ", count: width - item.name.count)
      let name = item.isCurrent ? terminal.styled(item.name, .green) : item.name
      try terminal.print(
        "\(item.isCurrent ? "*" : " ") \(name)\(padding) "
          + terminal.styled(String(item.commit.prefix(12)), .yellow)
          + " \(item.message?.split(separator: "\n").first.map(String.init) ?? item.subject)")
    }
  }
}

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
    /// The other store whose branch it is, where it is one of another.
    let remote: String?
    /// The message of an annotated tag.
    let message: String?
    /// Who made an annotated tag, when and why.
    let annotation: AnnotationReport?
  }

  let names: [Item]

  /// - Parameters:
  ///   - remote: branches of other stores, which come last.
  ///   - signers: those who are trusted, where annotated tags are to be judged by them.
  init(
    _ names: [NamedCommit], current: String? = nil, remote: [NamedCommit] = [],
    trusting signers: AllowedSigners? = nil, in view: LedgerView
  ) throws {
    func item(_ named: NamedCommit, isRemote: Bool) throws -> Item {
      let annotation = try AnnotationReport(named, trusting: signers, in: view)
      return Item(
        name: named.name, commit: named.commit.hex,
        subject: try view.commit(named.commit).subject,
        isCurrent: !isRemote && named.name == current,
        remote: isRemote ? String(named.name.prefix { $0 != "/" }) : nil,
        message: annotation?.message, annotation: annotation)
    }
    self.names =
      try names.map { try item($0, isRemote: false) } + remote.map { try item($0, isRemote: true) }
  }

  func print(on terminal: Terminal) throws {
    let width = names.map(\.name.count).max() ?? 0
    for item in names {
      let padding = String(repeating: " ", count: width - item.name.count)
      let name =
        item.isCurrent
        ? terminal.styled(item.name, .green)
        : item.remote == nil ? item.name : terminal.styled(item.name, .red)
      try terminal.print(
        "\(item.isCurrent ? "*" : " ") \(name)\(padding) "
          + terminal.styled(String(item.commit.prefix(12)), .yellow)
          + " \(item.message?.split(separator: "\n").first.map(String.init) ?? item.subject)"
      )
    }
  }
}

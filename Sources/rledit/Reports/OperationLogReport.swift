import ObjectModel
import ObjectStore

/// A listing of operations.
struct OperationLogReport: Report {
  /// A reference that an operation moved.
  struct Change: Encodable {
    let name: String
    /// A commit's or tag's id or a reference's name; `nil` where there was none.
    let old: String?
    let new: String?
  }

  struct Operation: Encodable {
    let number: Int
    /// RFC 3339, UTC.
    let time: String
    let command: String
    /// Who gave it; `nil` in what older programs logged.
    let author: String?
    /// The operation that this one undid.
    let undoes: Int?
    /// The operation that this one did again.
    let redoes: Int?
    let changes: [Change]
    fileprivate let seconds: Int

    private enum CodingKeys: String, CodingKey {
      case number, time, command, author, undoes, redoes, changes
    }

    init(_ number: Int, _ operation: LoggedOperation) {
      self.number = number
      seconds = operation.time
      time = Quantity.timestamp(operation.time)
      command = operation.command
      author = operation.author
      undoes = if case .undoes(let number) = operation.reversal { number } else { nil }
      redoes = if case .redoes(let number) = operation.reversal { number } else { nil }
      changes = operation.changes.map {
        Change(name: $0.name.text, old: $0.old?.targetText, new: $0.new?.targetText)
      }
    }
  }

  let operations: [Operation]

  func print(on terminal: Terminal) throws {
    for operation in operations {
      let number = terminal.styled(String(operation.number), .yellow)
      try terminal.print(
        "\(number)  \(Quantity.time(operation.seconds))  \(Wording.plain(operation.command))")
      for change in operation.changes {
        try terminal.print(
          terminal.styled(
            "    \(change.name): \(brief(change.old)) -> \(brief(change.new))", .faint))
      }
    }
  }

  private func brief(_ target: String?) -> String {
    guard let target else { return "nothing" }
    return target.count == 64 ? String(target.prefix(12)) : target
  }
}

extension Reference {
  var targetText: String {
    switch self {
    case .commit(let id): id.hex
    case .tag(let id): id.hex
    case .symbolic(let name): name.text
    }
  }
}

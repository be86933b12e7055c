package import ObjectModel

/// An entry of the operation log: one command and every reference that it moved.
///
/// It has a canonical text like an object, but is kept under its number: the log is the order in
/// which things happened in this store, not content.
package struct LoggedOperation: CanonicalObject {
  package static let typeName = "operation"

  /// A reference before and after; `nil` where it did not exist.
  package struct Change: Hashable, Sendable {
    package let name: ReferenceName
    package let old: Reference?
    package let new: Reference?

    package init(name: ReferenceName, old: Reference?, new: Reference?) {
      self.name = name
      self.old = old
      self.new = new
    }
  }

  /// What an operation does to the effect of an earlier one.
  package enum Reversal: Hashable, Sendable {
    case undoes(operation: Int)
    case redoes(operation: Int)
  }

  /// Seconds since 1970-01-01 00:00 UTC.
  package let time: Int
  /// The command as the user gave it.
  package let command: String
  /// Who gave it; `nil` in what was logged before this was.
  package let author: String?
  package let reversal: Reversal?
  /// Sorted by name, each name once.
  package let changes: [Change]

  /// An operation; the changes are put into order here.
  package init(
    time: Int, command: String, author: String? = nil, reversal: Reversal? = nil,
    changes: [Change]
  ) {
    self.time = time
    self.command = command
    self.author = author
    self.reversal = reversal
    self.changes = changes.sorted { $0.name < $1.name }
  }

  package func validate() throws {
    for (change, next) in zip(changes, changes.dropFirst()) where change.name >= next.name {
      throw ObjectModelError.invalid(
        type: Self.typeName, reason: "reference \(next.name) is there twice or out of order")
    }
  }

  package func write(to writer: inout CanonicalWriter) {
    writer.field("time", .integer(time))
    writer.field("command", .text(command))
    if let author { writer.field("author", .text(author)) }
    switch reversal {
    case .undoes(let number)?: writer.field("undoes", .integer(number))
    case .redoes(let number)?: writer.field("redoes", .integer(number))
    case nil: break
    }
    for change in changes {
      writer.field("reference", .text(change.name.text))
      if let old = change.old { writer.field("old", old.canonicalValues) }
      if let new = change.new { writer.field("new", new.canonicalValues) }
    }
  }

  package init(from reader: inout CanonicalReader) throws {
    time = try reader.field("time") { try $0.integer() }
    command = try reader.field("command") { try $0.text() }
    author = try reader.optionalField("author") { try $0.text() }
    if let number = try reader.optionalField("undoes", { try $0.count() }) {
      reversal = .undoes(operation: number)
    } else {
      reversal = try reader.optionalField("redoes") { .redoes(operation: try $0.count()) }
    }
    var changes: [Change] = []
    while let name = try reader.optionalField("reference", { try $0.referenceName() }) {
      changes.append(
        Change(
          name: name, old: try reader.optionalField("old") { try $0.reference() },
          new: try reader.optionalField("new") { try $0.reference() }))
    }
    self.changes = changes
  }
}

extension Reference {
  fileprivate var canonicalValues: [CanonicalValue] {
    switch self {
    case .commit(let id): [.token("commit"), .identifier(id)]
    case .tag(let id): [.token("tag"), .identifier(id)]
    case .symbolic(let name): [.token("symbolic"), .text(name.text)]
    }
  }
}

extension CanonicalFieldReader {
  fileprivate mutating func referenceName() throws -> ReferenceName {
    guard let name = ReferenceName(try text()) else {
      throw malformed("not the name of a reference")
    }
    return name
  }

  fileprivate mutating func reference() throws -> Reference {
    switch try token() {
    case "commit": return .commit(try identifier())
    case "tag": return .tag(try identifier())
    case "symbolic": return .symbolic(try referenceName())
    default: throw malformed("an unknown kind of reference")
    }
  }
}

extension StoreReading {
  /// The number of the newest operation; 0 where there is none.
  package func lastOperationNumber() throws -> Int {
    var last = 0
    try scan(.operations, from: [], backwards: true) { key, _ in
      last = try operationNumber(key)
      return false
    }
    return last
  }

  /// The operation of this number.
  ///
  /// - Throws: ``ObjectStoreError/missing(_:)``, ``ObjectStoreError/malformed(_:reason:)``.
  package func operation(_ number: Int) throws -> LoggedOperation {
    guard let text = try value(.operations, operationKey(number)) else {
      throw ObjectStoreError.missing(.operation(number: number))
    }
    return try decodeOperation(number, text)
  }

  /// Calls `body` with the operations, newest first, until it gives `false`.
  package func forEachOperation(
    _ body: (_ number: Int, _ operation: LoggedOperation) throws -> Bool
  ) throws {
    try scan(.operations, from: [], backwards: true) { key, text in
      let number = try operationNumber(key)
      return try body(number, try decodeOperation(number, text))
    }
  }

  private func operationNumber(_ key: UnsafeRawBufferPointer) throws -> Int {
    guard key.count == 8,
      let number = Int(exactly: UInt64(bigEndian: key.loadUnaligned(as: UInt64.self)))
    else {
      throw ObjectStoreError.malformed(
        .property(name: Database.operations.rawValue), reason: "a key is not an operation's number")
    }
    return number
  }

  private func decodeOperation(
    _ number: Int, _ text: UnsafeRawBufferPointer
  ) throws -> LoggedOperation {
    do {
      return try LoggedOperation.decode(Array(text))
    } catch let error as ObjectModelError {
      throw ObjectStoreError.malformed(.operation(number: number), reason: error.reason)
    }
  }
}

/// The key of an operation: its number in 8 bytes, most significant first, so that the order of keys
/// is the order of numbers.
func operationKey(_ number: Int) -> [UInt8] {
  withUnsafeBytes(of: UInt64(bitPattern: Int64(number)).bigEndian) { Array($0) }
}

import ObjectModel

/// The digest of an entry that is not named by its content: a reference, an operation or a property. Kept
/// as properties `sum/refs/NAME`, `sum/oplog/NUMBER` and `sum/meta/NAME`, so that a check finds what the
/// disk has changed. A store that was made without them gets all of them with the next writing.
struct EntrySum: Hashable {
  static let prefix = "sum/"
  /// The databases whose entries have sums.
  static let databases: [Database] = [.references, .operations, .properties]

  let database: Database
  let key: [UInt8]

  /// The sum of the entry at `key`, or `nil` for one that is itself a sum.
  init?(_ database: Database, _ key: [UInt8]) {
    if database == .properties, key.starts(with: Array(Self.prefix.utf8)) { return nil }
    self.database = database
    self.key = key
  }

  init?(propertyName: String) {
    let parts = propertyName.split(
      separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0] + "/" == Self.prefix,
      let database = Database(rawValue: String(parts[1])), Self.databases.contains(database)
    else { return nil }
    if database == .operations {
      guard let number = Int(parts[2]), String(number) == parts[2] else { return nil }
      self.init(database, operationKey(number))
    } else {
      self.init(database, Array(parts[2].utf8))
    }
  }

  var propertyName: String {
    let entry =
      database == .operations
      ? String(UInt64(bigEndianBytes: key)) : String(decoding: key, as: UTF8.self)
    return "\(Self.prefix)\(database.rawValue)/\(entry)"
  }

  /// What the entry is called where it is at fault.
  var item: StoredItem {
    switch database {
    case .operations: .operation(number: Int(truncatingIfNeeded: UInt64(bigEndianBytes: key)))
    case .references:
      ReferenceName(String(decoding: key, as: UTF8.self)).map { .reference($0) }
        ?? .property(name: propertyName)
    default: .property(name: String(decoding: key, as: UTF8.self))
    }
  }

  /// The text that is kept for an entry of this value.
  func text(for value: UnsafeRawBufferPointer) -> String {
    // The key is part of it, so that an entry cannot pass for another one.
    let bytes = key + [0] + Array(value)
    return bytes.withUnsafeBytes { ChunkID(contentDigest(of: $0)).hex }
  }
}

extension UInt64 {
  fileprivate init(bigEndianBytes bytes: [UInt8]) {
    self = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
  }
}

extension WriteTransaction {
  /// Writes an entry with its sum.
  func putSummed(_ database: Database, _ key: [UInt8], _ value: [UInt8]) throws {
    try value.withUnsafeBytes { bytes in
      try transaction.put(database, key, bytes)
      guard let sum = EntrySum(database, key) else { return }
      try Array(sum.text(for: bytes).utf8).withUnsafeBytes {
        try transaction.put(.properties, Array(sum.propertyName.utf8), $0)
      }
    }
  }

  /// Removes an entry with its sum.
  func removeSummed(_ database: Database, _ key: [UInt8]) throws {
    try transaction.remove(database, key)
    guard let sum = EntrySum(database, key) else { return }
    try transaction.remove(.properties, Array(sum.propertyName.utf8))
  }

  /// Gives every entry its sum, in a store that was made without.
  ///
  /// - Complexity: O(references + operations + properties) the first time.
  func sumAllEntries() throws {
    guard let sum = EntrySum(.properties, Array("format".utf8)),
      try value(.properties, Array(sum.propertyName.utf8)) == nil
    else { return }
    for database in EntrySum.databases {
      var entries: [([UInt8], [UInt8])] = []
      try scan(database, from: [], backwards: false) { key, value in
        entries.append((Array(key), Array(value)))
        return true
      }
      for (key, value) in entries where EntrySum(database, key) != nil {
        try putSummed(database, key, value)
      }
    }
  }
}

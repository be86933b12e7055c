package import ObjectModel

/// Records of what was derived from commits, so that it need not be derived again: bytes by the commit,
/// in the database `snapshots` under 02 and the commit's id. Whatever drops one loses nothing.
enum DerivedRecordKey {
  private static let prefix: UInt8 = 2

  /// Before all records.
  static let first = [prefix]

  static func key(of commit: CommitID) -> [UInt8] { first + commit.bytes }

  /// The commit whose record has this key.
  static func commit(of key: some Collection<UInt8>) -> CommitID? {
    key.first == prefix ? CommitID(bytes: Array(key.dropFirst())) : nil
  }
}

extension StoreReading {
  /// What was kept of a commit; `nil` where nothing was, or where it is damaged.
  ///
  /// - Throws: ``ObjectStoreError``.
  package func derivedRecord(of commit: CommitID) throws -> [UInt8]? {
    let key = DerivedRecordKey.key(of: commit)
    return try value(.snapshots, key).flatMap { SealedRecord.open($0, under: key) }
  }
}

extension ObjectStore {
  /// Keeps what was derived from a commit in the place of what was kept of it before.
  ///
  /// - Throws: ``ObjectStoreError`` of ``write(_:)``.
  package func keepDerivedRecord(_ content: [UInt8], of commit: CommitID) throws {
    let key = DerivedRecordKey.key(of: commit)
    try write { transaction in
      try SealedRecord.seal(content, under: key).withUnsafeBytes {
        try transaction.transaction.put(.snapshots, key, $0)
      }
    }
  }

  /// Drops records, and those that cannot be read.
  ///
  /// - Returns: the number of records dropped.
  /// - Throws: ``ObjectStoreError`` of ``write(_:)``, what `isDropped` throws.
  /// - Complexity: O(records).
  @discardableResult
  package func dropDerivedRecords(
    where isDropped: (CommitID, any StoreReading) throws -> Bool
  ) throws -> Int {
    try write { transaction in
      var dropped: [[UInt8]] = []
      try transaction.scan(.snapshots, from: DerivedRecordKey.first, backwards: false) {
        key, record in
        let key = Array(key)
        if let commit = DerivedRecordKey.commit(of: key),
          SealedRecord.open(record, under: key) != nil, try !isDropped(commit, transaction)
        {
          return true
        }
        dropped.append(key)
        return true
      }
      for key in dropped { try transaction.transaction.remove(.snapshots, key) }
      return dropped.count
    }
  }
}

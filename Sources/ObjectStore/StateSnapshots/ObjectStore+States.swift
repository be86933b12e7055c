import ObjectModel

extension ObjectStore {
  /// Bytes of a snapshot's matrices in one transaction, which LMDB holds in memory until it commits.
  private static let snapshotBytesPerTransaction = 16 << 20

  /// Keeps a snapshot of a state. It is there once all of it is; where somebody drops its parts
  /// meanwhile, it is not.
  ///
  /// - Parameter bytes: calls what it is given with the bytes of the matrix of that number.
  /// - Returns: whether it is there.
  /// - Throws: ``ObjectStoreError/diskFull(path:)`` and the others of ``write(_:)``.
  /// - Complexity: O(bytes).
  @discardableResult
  package func keep(
    _ state: StateSnapshot,
    bytes: (_ matrix: Int, _ body: (UnsafeRawBufferPointer) throws -> Void) throws -> Void
  ) throws -> Bool {
    let description = StateSnapshotKey.description(of: state)
    var waiting: [(key: [UInt8], bytes: [UInt8])] = []
    var waitingBytes = 0
    func flush() throws {
      try write { transaction in
        for part in waiting {
          try part.bytes.withUnsafeBytes {
            try transaction.transaction.put(.snapshots, part.key, $0)
          }
        }
      }
      waiting = []
      waitingBytes = 0
    }
    var keys: [[UInt8]] = []
    for index in state.matrices.indices {
      try bytes(index) { matrix in
        var offset = 0
        for (part, length) in StateSnapshotKey.partLengths(matrix.count).enumerated() {
          let key = StateSnapshotKey.part(part, ofMatrix: index, in: description)
          keys.append(key)
          waiting.append((key, Array(matrix[offset..<offset + length])))
          offset += length
          waitingBytes += length
          if waitingBytes >= Self.snapshotBytesPerTransaction { try flush() }
        }
      }
    }
    try flush()
    let record = try state.record(under: description)
    return try write { transaction in
      guard try keys.allSatisfy({ try transaction.value(.snapshots, $0) != nil }) else {
        return false
      }
      try record.withUnsafeBytes { try transaction.transaction.put(.snapshots, description, $0) }
      return true
    }
  }

  /// Drops snapshots of states, and parts that belong to none: what a kill left of one.
  ///
  /// - Returns: the number of snapshots dropped.
  /// - Throws: ``ObjectStoreError`` of ``write(_:)``.
  /// - Complexity: O(snapshots and their parts).
  @discardableResult
  package func dropStateSnapshots(where isDropped: (StateSnapshot) -> Bool) throws -> Int {
    try write { transaction in
      var count = 0
      var kept: Set<[UInt8]> = []
      var dropped: [[UInt8]] = []
      try transaction.scan(.snapshots, from: [], backwards: false) { key, text in
        let key = Array(key)
        if StateSnapshotKey.isDescription(key) {
          // One that cannot be read is of no use.
          if let state = try? StateSnapshot(record: text, under: key), !isDropped(state) {
            kept.insert(StateSnapshotKey.parts(of: key))
          } else {
            dropped.append(key)
            count += 1
          }
        } else if StateSnapshotKey.isPart(key),
          !kept.contains(Array(key.prefix(StateSnapshotKey.descriptionLength)))
        {
          dropped.append(key)
        }
        return true
      }
      for key in dropped { try transaction.transaction.remove(.snapshots, key) }
      return count
    }
  }
}

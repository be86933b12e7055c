import ObjectModel

/// The entries that are not named by their content: references, the operation log, snapshots of states and
/// the sums beside them.
extension StoreChecker {
  mutating func checkReferences() throws {
    try snapshot.scan(.references, from: [], backwards: false) { key, value in
      let text = String(decoding: key, as: UTF8.self)
      guard let name = ReferenceName(text) else {
        note(.property(name: text), .malformed(reason: "not the name of a reference"))
        return true
      }
      guard let reference = Reference(text: String(decoding: value, as: UTF8.self)) else {
        note(.reference(name), .malformed(reason: "not a reference"))
        return true
      }
      if let link = ObjectInspection.link(of: reference) { check(link, from: .reference(name)) }
      return true
    }
  }

  mutating func checkOperations() throws {
    for number in stride(from: try snapshot.lastOperationNumber(), to: 0, by: -1) {
      let item = StoredItem.operation(number: number)
      do {
        _ = try snapshot.operation(number)
      } catch ObjectStoreError.malformed(_, let reason) {
        note(item, .malformed(reason: reason))
      } catch ObjectStoreError.missing {
        note(item, .missing)
      }
    }
  }

  /// Those of states can be made again, but one that is damaged had better be known.
  mutating func checkStateSnapshots(_ progress: Progress) throws {
    try snapshot.scan(
      .snapshots, from: StateSnapshotKey.firstDescription, backwards: false
    ) { key, text in
      guard StateSnapshotKey.isDescription(key) else { return false }
      let state: StateSnapshot
      do {
        state = try StateSnapshot(record: text, under: Array(key))
      } catch ObjectStoreError.malformed(let item, let reason) {
        note(item, .malformed(reason: reason))
        return true
      }
      let key = Array(key)
      guard case .everything = hashing, earlier?.has(state: key) != true else { return true }
      for (index, matrix) in state.matrices.enumerated() {
        if try !checkMatrix(index, of: state) { faultyStates.insert(key) }
        try count(matrix.byteCount, upTo: reached, progress)
      }
      try count(0, upTo: .state(key), progress)
      return true
    }
  }

  /// - Returns: whether it is sound.
  private mutating func checkMatrix(_ index: Int, of state: StateSnapshot) throws -> Bool {
    do {
      try snapshot.checkMatrix(index, of: state)
      return true
    } catch ObjectStoreError.missing(let item) {
      note(item, .missing)
    } catch ObjectStoreError.malformed(let item, let reason) {
      note(item, .malformed(reason: reason))
    } catch ObjectStoreError.corrupted(let item, let foundHash) {
      note(item, .corrupted(foundHash: foundHash))
    }
    return false
  }

  mutating func checkDerivedRecords() throws {
    try snapshot.scan(.snapshots, from: DerivedRecordKey.first, backwards: false) { key, record in
      let key = Array(key)
      guard let commit = DerivedRecordKey.commit(of: key) else {
        note(
          .property(name: Database.snapshots.rawValue),
          .malformed(reason: "a key of no kind that is known"))
        return true
      }
      if SealedRecord.open(record, under: key) == nil {
        note(.derivedRecord(commit), .malformed(reason: "not what was written"))
      }
      return true
    }
  }

  /// Compares entries that are not named by their content with their sums: where there is one, each has one.
  mutating func checkSums() throws {
    var sums: [EntrySum: String] = [:]
    for (name, value) in try snapshot.properties(withPrefix: EntrySum.prefix) {
      guard let sum = EntrySum(propertyName: name) else {
        note(.property(name: name), .malformed(reason: "not the name of a sum"))
        continue
      }
      sums[sum] = value
    }
    guard !sums.isEmpty else { return }
    for database in EntrySum.databases {
      try snapshot.scan(database, from: [], backwards: false) { key, value in
        guard let sum = EntrySum(database, Array(key)) else { return true }
        guard let expected = sums.removeValue(forKey: sum) else {
          note(sum.item, .malformed(reason: "nothing says that it is as it was written"))
          return true
        }
        let found = sum.text(for: value)
        if found != expected { note(sum.item, .corrupted(foundHash: found)) }
        return true
      }
    }
    for sum in sums.keys { note(sum.item, .missing) }
  }
}

package import ObjectModel

extension StoreReading {
  /// Calls `body` with the snapshots of a model's states that have at most the entries below `next`, the
  /// longest first, until it gives `false`. One that is damaged is passed over.
  ///
  /// - Throws: what `body` throws.
  package func forEachStateSnapshot(
    of model: ModelID, atMost next: Int, _ body: (StateSnapshot) throws -> Bool
  ) throws {
    let last = next == .max ? next : next + 1
    try scan(
      .snapshots, from: StateSnapshotKey.descriptions(of: model, below: last), backwards: true
    ) { key, text in
      let key = Array(key)
      guard key.starts(with: StateSnapshotKey.descriptions(of: model)) else { return false }
      guard let found = try? StateSnapshot(record: text, under: key) else { return true }
      return try body(found)
    }
  }

  /// All snapshots of states that can be read, by model and length.
  package func stateSnapshots() throws -> [StateSnapshot] {
    var found: [StateSnapshot] = []
    try scan(.snapshots, from: StateSnapshotKey.firstDescription, backwards: false) { key, text in
      guard StateSnapshotKey.isDescription(key) else { return false }
      if let state = try? StateSnapshot(record: text, under: Array(key)) { found.append(state) }
      return true
    }
    return found
  }

  /// Checks a matrix of a snapshot against its digest; throws as ``copyMatrix(_:of:into:)``.
  func checkMatrix(_ index: Int, of state: StateSnapshot) throws {
    // A length that no part bears out is none to ask memory for.
    let item = StoredItem.stateSnapshot(model: state.model, next: state.nextSequence)
    let description = StateSnapshotKey.description(of: state)
    let lengths = StateSnapshotKey.partLengths(state.matrices[index].byteCount)
    for part in lengths.indices {
      let key = StateSnapshotKey.part(part, ofMatrix: index, in: description)
      guard try value(.snapshots, key) != nil else { throw ObjectStoreError.missing(item) }
    }
    let memory = UnsafeMutableRawBufferPointer.allocate(
      byteCount: state.matrices[index].byteCount, alignment: 16)
    defer { memory.deallocate() }
    try copyMatrix(index, of: state, into: memory)
  }

  /// Copies a matrix of a snapshot into memory of its size, and checks it against its digest.
  ///
  /// - Throws: ``ObjectStoreError/missing(_:)``, ``ObjectStoreError/malformed(_:reason:)``,
  ///   ``ObjectStoreError/corrupted(_:foundHash:)``.
  package func copyMatrix(
    _ index: Int, of state: StateSnapshot, into memory: UnsafeMutableRawBufferPointer
  ) throws {
    let item = StoredItem.stateSnapshot(model: state.model, next: state.nextSequence)
    let description = StateSnapshotKey.description(of: state)
    var offset = 0
    for (part, length) in StateSnapshotKey.partLengths(memory.count).enumerated() {
      let key = StateSnapshotKey.part(part, ofMatrix: index, in: description)
      guard let bytes = try value(.snapshots, key) else { throw ObjectStoreError.missing(item) }
      guard bytes.count == length else {
        throw ObjectStoreError.malformed(
          item, reason: "a part of \(bytes.count) bytes in place of \(length)")
      }
      UnsafeMutableRawBufferPointer(rebasing: memory[offset..<offset + length])
        .copyMemory(from: bytes)
      offset += length
    }
    let found = StateDigest(contentDigest(of: UnsafeRawBufferPointer(memory)))
    guard found == state.matrices[index].digest else {
      throw ObjectStoreError.corrupted(item, foundHash: found.hex)
    }
  }
}

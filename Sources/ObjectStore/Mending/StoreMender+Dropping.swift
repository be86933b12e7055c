import ObjectModel

extension StoreMender {
  /// Takes out what is damaged and of no use: what nothing leads to any more, and what is derived again:
  /// snapshots of states, and records of commits.
  ///
  /// - Throws: ``ObjectStoreError``.
  /// - Complexity: O(objects + operations), where something damaged is left.
  package mutating func dropUseless(_ faults: [StoreFault]) throws {
    let damagedStates = faults.map(\.item).filter {
      if case .stateSnapshot = $0 { true } else { false }
    }
    if !damagedStates.isEmpty {
      let damaged = try store.snapshot().damagedStateSnapshots(among: Set(damagedStates))
      try store.dropStateSnapshots { damaged.contains($0) }
      report.dropped += damagedStates
    }
    let damagedRecords = faults.map(\.item).filter {
      if case .derivedRecord = $0 { return true }
      // A key of no kind that is known.
      return $0 == .property(name: Database.snapshots.rawValue)
    }
    if !damagedRecords.isEmpty {
      try store.dropDerivedRecords { _, _ in false }
      report.dropped += damagedRecords
    }
    guard !wanted.isEmpty else { return }
    let wanted = wanted
    report.dropped += try store.write { try $0.dropUnnamed(among: wanted) }
    for item in report.dropped {
      switch item {
      case .chunk(let id): self.wanted.remove(.chunk(id))
      case .object(_, let id): self.wanted.remove(.object(id))
      default: break
      }
    }
  }
}

extension ReadSnapshot {
  fileprivate func damagedStateSnapshots(
    among items: Set<StoredItem>
  ) throws -> Set<StateSnapshot> {
    Set(
      try stateSnapshots().filter { state in
        items.contains(.stateSnapshot(model: state.model, next: state.nextSequence))
          && !state.matrices.indices.allSatisfy {
            (try? checkMatrix($0, of: state)) != nil
          }
      })
  }
}

extension WriteTransaction {
  /// Takes out damaged chunks and objects that no object, reference or operation names. Nothing is taken out
  /// where something that is named cannot be read, since nobody can tell what it names.
  fileprivate func dropUnnamed(among items: Set<PackItem>) throws -> [StoredItem] {
    guard let (named, gone) = try namedItems() else { return [] }
    return try items.subtracting(named).compactMap { item in
      guard try byteCount(of: item) != nil, try soundBytes(of: item) == nil else { return nil }
      if case .object(let id) = item, let text = try value(.objects, id.bytes),
        gone.contains(CommitID(ofText: text).digest)
      {
        // What an operation names, under a damaged key.
        return nil
      }
      switch item {
      case .chunk(let id):
        try transaction.remove(.chunks, id.bytes)
        try unmark(.chunk(id))
      case .object(let id):
        try transaction.remove(.objects, id.bytes)
        try unmark(.object(id))
      }
      return item.stored(type: nil)
    }
  }

  /// Everything that an object, a reference or an operation names, and what operations name that is not there,
  /// as after a collection; `nil` where something that is named, or that names, cannot be read.
  private func namedItems() throws -> (named: Set<PackItem>, gone: Set<Digest256>)? {
    var (named, gone): (Set<PackItem>, Set<Digest256>) = ([], [])
    func note(_ reference: Reference?) {
      if let link = reference.flatMap({ ObjectInspection.link(of: $0) }) {
        named.insert(.object(link.id))
      }
    }
    do {
      for reference in try references() { note(reference.value) }
      for number in stride(from: try lastOperationNumber(), to: 0, by: -1) {
        for reference in try operation(number).changes.flatMap({ [$0.old, $0.new] }) {
          guard let link = reference.flatMap({ ObjectInspection.link(of: $0) }) else { continue }
          if try value(.objects, link.id.bytes) == nil {
            gone.insert(link.id)
          } else {
            named.insert(.object(link.id))
          }
        }
      }
    } catch let error as ObjectStoreError where error.isOfOneItem {
      return nil
    }
    var unreadable: Set<PackItem> = []
    try scan(.objects, from: [], backwards: false) { key, text in
      guard let id = Digest256(bytes: key) else { return true }
      do {
        let links = try ObjectInspection.links(
          of: id, type: canonicalTypeName(of: text) ?? "unknown", in: self)
        named.formUnion(links.objects.map { .object($0.id) })
        named.formUnion(links.blobs.flatMap(\.chunks).map { .chunk($0) })
      } catch let error as ObjectStoreError where error.isOfOneItem {
        unreadable.insert(.object(id))
      }
      return true
    }
    let isAnyUnknown = try named.contains { item in
      guard case .object(let id) = item else { return false }
      return try unreadable.contains(item) || value(.objects, id.bytes) == nil
    }
    return isAnyUnknown ? nil : (named, gone)
  }
}

extension ObjectStoreError {
  /// Whether it says what is wrong with one thing, and the others can be read.
  fileprivate var isOfOneItem: Bool {
    switch self {
    case .missing, .corrupted, .malformed: true
    default: false
    }
  }
}

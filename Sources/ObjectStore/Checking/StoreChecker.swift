import ObjectModel

extension ObjectStore {
  /// Checks everything in the store: that every object is what its name says, that everything which
  /// an object, a reference or the operation log names is there, and the lengths of chunks.
  ///
  /// LMDB keeps no checksums of its own, so only `full` finds damaged chunks: it hashes every chunk
  /// anew, and every blob's bytes with SHA-256.
  ///
  /// - Parameter progress: called with the bytes hashed so far.
  /// - Throws: ``ObjectStoreError`` where the store cannot be read on at all, or what `progress`
  ///   throws. Faults are reported, not thrown.
  /// - Complexity: O(objects), with `full` O(bytes).
  package func check(
    full: Bool, progress: (_ bytes: Int) throws -> Void = { _ in }
  ) throws -> StoreReport {
    let (snapshot, pageFaults) = try auditedSnapshot()
    var checker = StoreChecker(snapshot: snapshot, full: full)
    guard pageFaults.isEmpty else {
      // LMDB must not be led through pages that are known to be wrong.
      for (item, reason) in pageFaults { checker.note(item, .malformed(reason: reason)) }
      return checker.finish()
    }
    try checker.checkChunks(progress)
    try checker.checkObjects(progress)
    try checker.checkReferences()
    try checker.checkOperations()
    try checker.checkStateSnapshots(progress)
    try checker.checkDerivedRecords()
    try checker.checkSums()
    return checker.finish()
  }
}

extension ObjectStore {
  private static let attemptsBesideWriters = 100

  /// Refuses a store with damaged pages, before something is done that makes it worse.
  ///
  /// - Throws: ``ObjectStoreError/malformed(_:reason:)``, ``ObjectStoreError/busy(path:)``.
  /// - Complexity: O(pages of the trees).
  func requireSoundPages() throws {
    if let (item, reason) = try auditedSnapshot().1.first {
      throw ObjectStoreError.malformed(item, reason: reason)
    }
  }

  /// A snapshot, and what is wrong with its pages.
  private func auditedSnapshot() throws -> (ReadSnapshot, [PageAudit.Fault]) {
    for _ in 0..<Self.attemptsBesideWriters {
      let snapshot = try snapshot()
      let faults = try PageAudit.faults(
        path: path + "/data.mdb", pageBytes: try openEnvironment().pageBytes,
        transaction: snapshot.number, rootsOnly: false)
      if let faults { return (snapshot, faults) }
    }
    throw ObjectStoreError.busy(path: path)
  }
}

/// One pass over a snapshot.
private struct StoreChecker {
  let snapshot: ReadSnapshot
  let full: Bool
  var report = StoreReport()
  /// The length of every chunk in the store.
  var chunkLengths: [ChunkID: Int] = [:]
  /// Chunks and objects at fault, with those that name them.
  var problems: [StoredItem: (problem: StoreFault.Problem, touches: Set<StoredItem>)] = [:]
  /// Types of the objects that are sound in themselves.
  var objectTypes: [Digest256: String] = [:]

  init(snapshot: ReadSnapshot, full: Bool) {
    self.snapshot = snapshot
    self.full = full
  }

  mutating func note(
    _ item: StoredItem, _ problem: StoreFault.Problem, touches other: StoredItem? = nil
  ) {
    problems[item, default: (problem, [])].touches.formUnion(other.map { [$0] } ?? [])
  }

  mutating func checkChunks(_ progress: (Int) throws -> Void) throws {
    try snapshot.scan(.chunks, from: [], backwards: false) { key, bytes in
      guard let id = ChunkID(bytes: key) else {
        note(.property(name: "chunks"), .malformed(reason: "a key is not a chunk's name"))
        return true
      }
      report.chunksChecked += 1
      chunkLengths[id] = bytes.count
      if full {
        let found = ChunkID(contentDigest(of: bytes))
        if found != id { note(.chunk(id), .corrupted(foundHash: found.hex)) }
        report.bytesHashed += bytes.count
        try progress(report.bytesHashed)
      }
      return true
    }
  }

  mutating func checkObjects(_ progress: (Int) throws -> Void) throws {
    // First each by itself, then what they name: names may point at later keys.
    try snapshot.scan(.objects, from: [], backwards: false) { key, text in
      guard let id = Digest256(bytes: key) else {
        note(.property(name: "objects"), .malformed(reason: "a key is not an object's name"))
        return true
      }
      report.objectsChecked += 1
      let type = canonicalTypeName(of: text) ?? "unknown"
      if let problem = try ObjectInspection.problem(of: id, type: type, in: snapshot) {
        // The word may be what is damaged; that of a newer program comes with the right hash.
        if case .corrupted = problem, !ObjectInspection.types.contains(type) {
          note(.object(type: "unknown", id: id), problem)
        } else {
          note(.object(type: type, id: id), problem)
        }
      } else {
        objectTypes[id] = type
      }
      return true
    }
    for (id, type) in objectTypes {
      let item = StoredItem.object(type: type, id: id)
      let links = try ObjectInspection.links(of: id, type: type, in: snapshot)
      for link in links.objects { check(link, from: item) }
      for blob in links.blobs { try check(blob, of: item, progress) }
    }
  }

  private mutating func check(_ link: ObjectInspection.Link, from item: StoredItem) {
    guard objectTypes[link.id] != link.type else { return }
    // One that is there but unsound is in the list under the type its own text claims.
    for (faulty, _) in problems {
      if case .object(_, link.id) = faulty {
        problems[faulty]?.touches.insert(item)
        return
      }
    }
    note(.object(type: link.type, id: link.id), .missing, touches: item)
  }

  private mutating func check(
    _ blob: Blob, of item: StoredItem, _ progress: (Int) throws -> Void
  ) throws {
    var isWhole = true
    for (index, id) in blob.chunks.enumerated() {
      let expected = blob.layout.range(ofChunk: index).count
      if let found = chunkLengths[id] {
        if problems[.chunk(id)] != nil {
          problems[.chunk(id)]?.touches.insert(item)
          isWhole = false
        } else if found != expected {
          note(.chunk(id), .wrongLength(expected: expected, found: found), touches: item)
          isWhole = false
        }
      } else {
        note(.chunk(id), .missing, touches: item)
        isWhole = false
      }
    }
    guard full, isWhole else { return }
    let found = ContentHash(of: try snapshot.segments(of: blob))
    if found != blob.sha256 { note(item, .blobMismatch(expected: blob.sha256, found: found)) }
    report.bytesHashed += blob.byteCount
    try progress(report.bytesHashed)
  }

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
  mutating func checkStateSnapshots(_ progress: (Int) throws -> Void) throws {
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
      guard full else { return true }
      for (index, matrix) in state.matrices.enumerated() {
        try checkMatrix(index, of: state)
        report.bytesHashed += matrix.byteCount
        try progress(report.bytesHashed)
      }
      return true
    }
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

  private mutating func checkMatrix(_ index: Int, of state: StateSnapshot) throws {
    do {
      try snapshot.checkMatrix(index, of: state)
    } catch ObjectStoreError.missing(let item) {
      note(item, .missing)
    } catch ObjectStoreError.malformed(let item, let reason) {
      note(item, .malformed(reason: reason))
    } catch ObjectStoreError.corrupted(let item, let foundHash) {
      note(item, .corrupted(foundHash: foundHash))
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

  func finish() -> StoreReport {
    var report = report
    report.faults = problems.map { item, found in
      StoreFault(
        item: item, problem: found.problem,
        touches: found.touches.sorted { "\($0)" < "\($1)" })
    }
    .sorted { "\($0.item)" < "\($1.item)" }
    return report
  }
}

import ObjectModel

/// One check of a snapshot: what is found of chunks and objects, and what else leads to them.
struct StoreChecker {
  let snapshot: ReadSnapshot
  let hashing: HashedContent
  /// A check that this one goes on with.
  let earlier: CheckProgress?
  /// Everything up to here has been hashed, by this check or the earlier one.
  var reached: CheckProgress.Position
  /// The keys of snapshots of states that are at fault.
  var faultyStates: Set<[UInt8]> = []
  var report = StoreReport()
  /// The length of every chunk in the store.
  var chunkLengths: [ChunkID: Int] = [:]
  /// Chunks and objects at fault, with those that name them.
  var problems: [StoredItem: (problem: StoreFault.Problem, touches: Set<StoredItem>)] = [:]
  /// Types of the objects that are sound in themselves.
  var objectTypes: [Digest256: String] = [:]

  /// Called, when something has been hashed, with the check as it is then.
  typealias Progress = (_ checker: StoreChecker) throws -> Void

  init(snapshot: ReadSnapshot, hashing: HashedContent, earlier: CheckProgress? = nil) {
    self.snapshot = snapshot
    self.hashing = hashing
    self.earlier = earlier
    reached = earlier?.position ?? .start
    report.resumed = earlier
  }

  mutating func run(_ progress: Progress) throws {
    try checkChunks(progress)
    try checkObjects(progress)
    try checkReferences()
    try checkOperations()
    try checkStateSnapshots(progress)
    try checkDerivedRecords()
    try checkSums()
  }

  mutating func note(
    _ item: StoredItem, _ problem: StoreFault.Problem, touches other: StoredItem? = nil
  ) {
    problems[item, default: (problem, [])].touches.formUnion(other.map { [$0] } ?? [])
  }

  mutating func checkChunks(_ progress: Progress) throws {
    try snapshot.scan(.chunks, from: [], backwards: false) { key, bytes in
      guard let id = ChunkID(bytes: key) else {
        note(.property(name: "chunks"), .malformed(reason: "a key is not a chunk's name"))
        return true
      }
      report.chunksChecked += 1
      chunkLengths[id] = bytes.count
      if hashing.includes(id), earlier?.has(id) != true {
        let found = ChunkID(contentDigest(of: bytes))
        if found != id { note(.chunk(id), .corrupted(foundHash: found.hex)) }
        try count(bytes.count, upTo: .chunk(id), progress)
      }
      return true
    }
  }

  mutating func checkObjects(_ progress: Progress) throws {
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
    for (id, type) in objectTypes.sorted(by: { $0.key < $1.key }) {
      let item = StoredItem.object(type: type, id: id)
      let links = try ObjectInspection.links(of: id, type: type, in: snapshot)
      for link in links.objects { check(link, from: item) }
      for (index, blob) in links.blobs.enumerated() where try check(blob, of: item) {
        guard earlier?.has(blob, index, of: id) != true else { continue }
        try hash(blob, of: item, progress)
        try count(0, upTo: .blob(index, of: id), progress)
      }
    }
  }

  mutating func check(_ link: ObjectInspection.Link, from item: StoredItem) {
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

  /// Looks at the lengths of a blob's chunks.
  ///
  /// - Returns: whether the whole is to be hashed.
  private mutating func check(_ blob: Blob, of item: StoredItem) throws -> Bool {
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
    return isWhole && hashing.includes(blob)
  }

  private mutating func hash(_ blob: Blob, of item: StoredItem, _ progress: Progress) throws {
    var hasher = ContentHasher()
    for id in blob.chunks {
      // Its own hash has been looked at.
      guard let bytes = try snapshot.value(.chunks, id.bytes) else {
        throw ObjectStoreError.missing(.chunk(id))
      }
      hasher.update(bytes)
      try count(bytes.count, upTo: reached, progress)
    }
    let found = hasher.value
    guard found != blob.sha256 else { return }
    // A chunk may have been damaged since its own hash was looked at, in this part of the check or before.
    var isChunkDamaged = false
    for id in blob.chunks {
      guard let bytes = try snapshot.value(.chunks, id.bytes) else { continue }
      let hash = ChunkID(contentDigest(of: bytes))
      guard hash != id else { continue }
      note(.chunk(id), .corrupted(foundHash: hash.hex), touches: item)
      isChunkDamaged = true
    }
    if !isChunkDamaged { note(item, .blobMismatch(expected: blob.sha256, found: found)) }
  }

  /// Counts bytes that have been hashed.
  mutating func count(
    _ bytes: Int, upTo place: CheckProgress.Position, _ progress: Progress
  ) throws {
    report.bytesHashed += bytes
    reached = max(reached, place)
    try progress(self)
  }

  /// How far the check has come.
  ///
  /// - Parameter start: the progress of one that has done nothing.
  func progress(since start: CheckProgress) -> CheckProgress {
    var progress = start
    progress.bytesHashed = (earlier?.bytesHashed ?? 0) + report.bytesHashed
    progress.position = reached
    // What the earlier one found fault with may not have been looked at again yet.
    progress.states = faultyStates
    if let earlier { progress.takeFaults(of: earlier) }
    for (item, found) in problems { progress.note(item, found.problem) }
    return progress
  }

  /// The report where pages are damaged, through which LMDB must not be led.
  mutating func finish(_ pageFaults: [PageAudit.Fault]) -> StoreReport {
    for (item, reason) in pageFaults { note(item, .malformed(reason: reason)) }
    return finish()
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

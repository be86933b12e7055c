import ObjectModel

/// One check of a snapshot: what is found of chunks and objects, and what else leads to them.
struct StoreChecker {
  let snapshot: ReadSnapshot
  let hashing: HashedContent
  var report = StoreReport()
  /// The length of every chunk in the store.
  var chunkLengths: [ChunkID: Int] = [:]
  /// Chunks and objects at fault, with those that name them.
  var problems: [StoredItem: (problem: StoreFault.Problem, touches: Set<StoredItem>)] = [:]
  /// Types of the objects that are sound in themselves.
  var objectTypes: [Digest256: String] = [:]

  init(snapshot: ReadSnapshot, hashing: HashedContent) {
    self.snapshot = snapshot
    self.hashing = hashing
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
      if hashing.includes(id) {
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
    for (id, type) in objectTypes.sorted(by: { $0.key < $1.key }) {
      let item = StoredItem.object(type: type, id: id)
      let links = try ObjectInspection.links(of: id, type: type, in: snapshot)
      for link in links.objects { check(link, from: item) }
      for blob in links.blobs { try check(blob, of: item, progress) }
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
    guard isWhole, hashing.includes(blob) else { return }
    let found = ContentHash(of: try snapshot.segments(of: blob))
    if found != blob.sha256 { note(item, .blobMismatch(expected: blob.sha256, found: found)) }
    report.bytesHashed += blob.byteCount
    try progress(report.bytesHashed)
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

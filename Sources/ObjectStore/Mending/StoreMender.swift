import ObjectModel

/// Puts things that a check has found missing or damaged back into a store.
///
/// Whatever comes is proven before it takes a place: an object by the SHA-256 that it is called by, a chunk
/// by the SHA-256 of a blob that names it, put together with the chunks that are sound here. Every
/// transaction makes the store better and none makes it worse, so that mending may end anywhere.
package struct StoreMender {
  let store: ObjectStore
  private let stage: MendingStage
  /// What is missing or damaged.
  package internal(set) var wanted: Set<PackItem> = []
  /// Objects that name chunks which are wanted, with their types.
  private var namers: [Digest256: String] = [:]
  package internal(set) var report = MendingReport()

  /// - Parameter faults: what a check with `HashedContent.everything` has found.
  package init(_ store: ObjectStore, faults: [StoreFault], stage: MendingStage) {
    self.store = store
    self.stage = stage
    for fault in faults where fault.isMendable {
      switch fault.item {
      case .chunk(let id):
        wanted.insert(.chunk(id))
        for case .object(let type, let namer) in fault.touches { namers[namer] = type }
      case .object(_, let id): wanted.insert(.object(id))
      default: break
      }
    }
  }

  /// What is wanted and has not been put aside yet.
  ///
  /// - Throws: ``ObjectStoreError``.
  package func missing() throws -> Set<PackItem> {
    let staged = try stage.snapshot()
    return try wanted.filter { try staged.soundBytes(of: $0) == nil }
  }

  /// Whether something that is wanted has been put aside, and not what it is to be proven with.
  ///
  /// - Throws: ``ObjectStoreError``.
  package func hasUnprovenParts() throws -> Bool { try missing().count < wanted.count }

  /// Puts back what has been put aside and can be proven. More may be wanted afterwards: what an object that
  /// is there again names.
  ///
  /// - Parameter progress: called with the bytes hashed so far.
  /// - Throws: ``ObjectStoreError``, what `progress` throws. What was put back stays.
  /// - Complexity: O(bytes of the blobs that name wanted chunks).
  package mutating func putBack(progress: (_ bytes: Int) throws -> Void) throws {
    while try putObjects() {}
    let (proven, refuted) = try proofs(progress)
    try put(proven.map { .chunk($0) })
    try stage.forget(refuted)
    // A source that was asked again may have given the same again.
    report.refused += refuted.map { .chunk($0) }.filter { !report.refused.contains($0) }
  }

  /// - Returns: whether there were any.
  private mutating func putObjects() throws -> Bool {
    let objects = try stagedObjects()
    try put(objects)
    let snapshot = try store.snapshot()
    for case .object(let id) in objects {
      guard let type = try snapshot.typeName(ofObject: id),
        let links = try? ObjectInspection.links(of: id, type: type, in: snapshot)
      else { continue }
      for link in links.objects where try snapshot.soundBytes(of: .object(link.id)) == nil {
        wanted.insert(.object(link.id))
      }
      for chunk in links.blobs.flatMap(\.chunks) {
        // Damaged chunks are known; what else is missing was named by nothing that could be read.
        if try snapshot.value(.chunks, chunk.bytes) == nil { wanted.insert(.chunk(chunk)) }
        if wanted.contains(.chunk(chunk)) { namers[id] = type }
      }
    }
    return !objects.isEmpty
  }

  private func stagedObjects() throws -> [PackItem] {
    let staged = try stage.snapshot()
    return try wanted.filter { item in
      guard case .object = item else { return false }
      return try staged.soundBytes(of: item) != nil
    }
  }

  /// Writes things as they were put aside, in transactions of at most `ObjectStore.transactionBytes`.
  private mutating func put(_ items: [PackItem]) throws {
    let staged = try stage.snapshot()
    var rest = items[...]
    while !rest.isEmpty {
      var batch: [(item: PackItem, bytes: UnsafeRawBufferPointer)] = []
      var byteCount = 0
      while let item = rest.first {
        guard let bytes = try staged.soundBytes(of: item) else {
          rest.removeFirst()
          continue
        }
        guard batch.isEmpty || byteCount + bytes.count <= ObjectStore.transactionBytes else {
          break
        }
        rest.removeFirst()
        batch.append((item, bytes))
        byteCount += bytes.count
      }
      try store.write { transaction in
        for (item, bytes) in batch { try transaction.putBack(item, bytes) }
      }
      for (item, bytes) in batch {
        wanted.remove(item)
        report.mended.append(item.stored(type: canonicalTypeName(of: bytes)))
      }
    }
  }

  // MARK: - Proofs

  /// Of the wanted chunks that were put aside, those that give a blob its SHA-256, and those that take part in
  /// blobs with others alone.
  private func proofs(
    _ progress: (_ bytes: Int) throws -> Void
  ) throws -> (proven: Set<ChunkID>, refuted: Set<ChunkID>) {
    let (here, staged) = (try store.snapshot(), try stage.snapshot())
    var (proven, refuted): (Set<ChunkID>, Set<ChunkID>) = ([], [])
    var seen: Set<Blob> = []
    var hashed = 0
    for (id, type) in namers.sorted(by: { $0.key < $1.key }) {
      guard let links = try? ObjectInspection.links(of: id, type: type, in: here) else { continue }
      for blob in links.blobs {
        let lacking = blob.chunks.filter { wanted.contains(.chunk($0)) }
        guard !lacking.isEmpty, seen.insert(blob).inserted,
          let segments = try segments(of: blob, here, staged)
        else { continue }
        var hasher = ContentHasher()
        for segment in segments {
          hasher.update(segment)
          hashed += segment.count
          try progress(hashed)
        }
        if hasher.value == blob.sha256 {
          proven.formUnion(lacking)
        } else {
          refuted.formUnion(lacking)
        }
      }
    }
    return (proven, refuted.subtracting(proven))
  }

  /// The chunks of a blob, from the stage where they are wanted; `nil` where one is still lacking.
  private func segments(
    of blob: Blob, _ here: ReadSnapshot, _ staged: ReadSnapshot
  ) throws -> [UnsafeRawBufferPointer]? {
    var segments: [UnsafeRawBufferPointer] = []
    for chunk in blob.chunks {
      let bytes =
        try wanted.contains(.chunk(chunk))
        ? staged.soundBytes(of: .chunk(chunk)) : here.value(.chunks, chunk.bytes)
      guard let bytes else { return nil }
      segments.append(bytes)
    }
    return segments
  }
}

extension StoreFault {
  /// Whether another store, or a bundle, may have what is at fault as it ought to be.
  package var isMendable: Bool {
    switch (item, problem) {
    case (.chunk, .missing), (.chunk, .corrupted), (.chunk, .wrongLength), (.object, .missing),
      (.object, .corrupted):
      true
    default: false
    }
  }
}

extension PackItem {
  func stored(type: String?) -> StoredItem {
    switch self {
    case .chunk(let id): .chunk(id)
    case .object(let id): .object(type: type ?? "unknown", id: id)
    }
  }
}

extension WriteTransaction {
  fileprivate func putBack(_ item: PackItem, _ bytes: UnsafeRawBufferPointer) throws {
    switch item {
    case .chunk(let id): try put(id, bytes)
    case .object(let id):
      // Somebody may have been faster.
      guard try soundBytes(of: item) == nil else { return }
      try transaction.put(.objects, id.bytes, bytes)
      try unmark(.object(id))
    }
  }
}

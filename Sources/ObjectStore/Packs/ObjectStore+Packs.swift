import ObjectModel

/// What a pack brought.
package struct PackReport: Sendable, Hashable {
  package internal(set) var objects = 0
  package internal(set) var chunks = 0
  /// Of these, what the store had not.
  package internal(set) var newObjects = 0
  package internal(set) var newChunks = 0
  package internal(set) var bytes = 0

  package init() {}

  /// A report of what a pack brought to a store elsewhere.
  package init(newObjects: Int, newChunks: Int, bytes: Int) {
    self.newObjects = newObjects
    self.newChunks = newChunks
    self.bytes = bytes
  }

  /// Adds what a further pack brought.
  package mutating func add(_ other: PackReport) {
    objects += other.objects
    chunks += other.chunks
    newObjects += other.newObjects
    newChunks += other.newChunks
    bytes += other.bytes
  }
}

extension ObjectStore {
  /// Takes in the entries of a pack, in transactions of at most ``transactionBytes``.
  ///
  /// Everything is hashed: a chunk by its XXH3-128, an object by its SHA-256, and every blob that a new
  /// object names by the blob's SHA-256. An object goes in after everything that it names, so that at any
  /// moment all that is in the store is whole. What was taken in stays where a later entry is refused;
  /// nothing refers to it.
  ///
  /// - Parameters:
  ///   - admit: called with what each entry is called, before it is taken in; refuses it by throwing.
  ///   - progress: called with the bytes read so far.
  /// - Throws: ``PackError``, ``ObjectStoreError``, what reading, `admit` and `progress` throw.
  package func receive(
    _ reader: inout PackReader, admit: (PackItem) throws -> Void = { _ in },
    progress: (_ bytes: Int) throws -> Void = { _ in }
  ) throws -> PackReport {
    var report = PackReport()
    var waiting: [PackEntry] = []
    var waitingBytes = 0
    func flush() throws {
      let counts = try write { transaction in
        var counts = (objects: 0, chunks: 0)
        for entry in waiting {
          switch entry {
          case .header: break
          case .chunk(let id, let bytes):
            if try transaction.value(.chunks, id.bytes) == nil { counts.chunks += 1 }
            try bytes.withUnsafeBytes { try transaction.put(id, $0) }
          case .object(let id, let text):
            if try transaction.putReceived(id, text) { counts.objects += 1 }
          }
        }
        return counts
      }
      report.newObjects += counts.objects
      report.newChunks += counts.chunks
      waiting.removeAll(keepingCapacity: true)
      waitingBytes = 0
    }
    while let entry = try reader.next() {
      switch entry {
      case .header: continue
      case .chunk: report.chunks += 1
      case .object: report.objects += 1
      }
      if let item = entry.item { try admit(item) }
      if waitingBytes + entry.byteCount > Self.transactionBytes { try flush() }
      waiting.append(entry)
      waitingBytes += entry.byteCount
      try progress(reader.byteCount)
    }
    try flush()
    report.bytes = reader.byteCount
    return report
  }
}

extension WriteTransaction {
  /// Writes an object that came from elsewhere, after everything that it names has been found here.
  ///
  /// - Returns: whether it was new.
  /// - Throws: ``PackError/malformed(_:reason:)``, ``PackError/missing(_:neededBy:)``,
  ///   ``PackError/wrongContent(_:)``, ``ObjectStoreError``.
  fileprivate func putReceived(_ id: Digest256, _ text: [UInt8]) throws -> Bool {
    let known = try value(.objects, id.bytes)
    let (wasThere, isSame) = (known != nil, known?.elementsEqual(text) ?? false)
    try unmark(.object(id))
    if isSame { return false }
    let type = text.withUnsafeBytes { canonicalTypeName(of: $0) } ?? "object"
    let item = StoredItem.object(type: type, id: id)
    try text.withUnsafeBytes { try transaction.put(.objects, id.bytes, $0) }
    let links: ObjectInspection.Links
    do {
      links = try ObjectInspection.links(of: id, type: type, in: self)
    } catch ObjectStoreError.malformed(_, let reason) {
      throw PackError.malformed(item, reason: reason)
    }
    for link in links.objects {
      guard let found = try typeName(ofObject: link.id) else {
        throw PackError.missing(.object(type: link.type, id: link.id), neededBy: item)
      }
      guard found == link.type else {
        throw PackError.malformed(item, reason: "it names a \(found) as a \(link.type)")
      }
    }
    for blob in links.blobs { try verify(blob, neededBy: item) }
    return !wasThere
  }

  private func verify(_ blob: Blob, neededBy item: StoredItem) throws {
    var hasher = ContentHasher()
    for (index, id) in blob.chunks.enumerated() {
      guard let bytes = try value(.chunks, id.bytes) else {
        throw PackError.missing(.chunk(id), neededBy: item)
      }
      guard bytes.count == blob.layout.range(ofChunk: index).count else {
        throw PackError.malformed(item, reason: "a chunk has another length than its blob says")
      }
      hasher.update(bytes)
    }
    guard hasher.value == blob.sha256 else { throw PackError.wrongContent(item) }
  }
}

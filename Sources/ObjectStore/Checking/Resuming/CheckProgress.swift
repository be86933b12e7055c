package import ObjectModel

/// How far a full check has come, so that a later one need not hash again what it has hashed.
///
/// Content is named by its hash and never changes once it is there, and whoever writes it knows that it is
/// what its name says: what has been hashed once, or was written since, need not be hashed to know whether
/// it was written well. What the disk does to it afterwards is not seen, so that progress is forgotten when
/// it is old.
package struct CheckProgress: CanonicalObject, Hashable {
  package static let typeName = "check-progress"

  /// What the first part drew by lot and wrote into the store, too: one in which it is not is another one, such
  /// as a backup that was put in its place.
  let run: String
  /// The file that was checked: its number on its disk, and the last transaction that was seen in it. A file
  /// of another number, or one that has seen less, is another one, too: a copy, or what a compaction has written.
  let file: UInt64
  let transaction: Int
  /// When the first part of the check began, in seconds since 1970.
  package let begun: Int
  /// Bytes hashed so far, by all parts.
  package internal(set) var bytesHashed = 0
  /// Everything up to here has been hashed.
  var position = Position.start
  /// Content at fault, and content whose name was damaged or missing so that it could not be hashed in full. It
  /// is hashed again, since somebody may have mended it.
  var chunks: Set<ChunkID> = []
  var objects: Set<Digest256> = []
  var blobs: Set<ContentHash> = []
  var states: Set<[UInt8]> = []

  /// A place in the order in which a check hashes.
  struct Position: Comparable, Hashable {
    enum Pass: Int {
      case chunks
      case blobs
      case states
    }

    let pass: Pass
    /// The name of a chunk; that of an object and the number of a blob in it; that of a state's snapshot.
    let key: [UInt8]

    static let start = Position(pass: .chunks, key: [])

    static func chunk(_ id: ChunkID) -> Position { .init(pass: .chunks, key: id.bytes) }

    static func blob(_ index: Int, of object: Digest256) -> Position {
      .init(
        pass: .blobs,
        key: object.bytes
          + (0..<4).reversed().map { UInt8(truncatingIfNeeded: index >> (8 * $0)) })
    }

    static func state(_ key: [UInt8]) -> Position { .init(pass: .states, key: key) }

    static func < (left: Position, right: Position) -> Bool {
      left.pass == right.pass
        ? left.key.lexicographicallyPrecedes(right.key) : left.pass.rawValue < right.pass.rawValue
    }
  }

  init(run: String, file: UInt64, transaction: Int, begun: Int) {
    self.run = run
    self.file = file
    self.transaction = transaction
    self.begun = begun
  }

  // MARK: Canonical text

  package func write(to writer: inout CanonicalWriter) {
    writer.field("run", .text(run))
    writer.field("file", .unsigned(file))
    writer.field("transaction", .integer(transaction))
    writer.field("begun", .integer(begun))
    writer.field("bytes", .integer(bytesHashed))
    writer.field("pass", .integer(position.pass.rawValue))
    if !position.key.isEmpty { writer.field("through", .bytes(position.key)) }
    for id in chunks.sorted() { writer.field("chunk", .identifier(id)) }
    for id in objects.sorted() { writer.field("object", .identifier(ContentHash(id))) }
    for id in blobs.sorted() { writer.field("blob", .identifier(id)) }
    for key in states.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
      writer.field("state", .bytes(key))
    }
  }

  package init(from reader: inout CanonicalReader) throws {
    run = try reader.field("run") { try $0.text() }
    file = try reader.field("file") { try $0.unsigned() }
    transaction = try reader.field("transaction") { try $0.count() }
    begun = try reader.field("begun") { try $0.count() }
    bytesHashed = try reader.field("bytes") { try $0.count() }
    let pass = try reader.field("pass") { try $0.count() }
    guard let pass = Position.Pass(rawValue: pass) else {
      throw reader.malformed("a pass that there is not")
    }
    position = Position(
      pass: pass, key: try reader.optionalField("through") { try $0.bytes() } ?? [])
    chunks = Set(try reader.fields("chunk") { try $0.identifier() })
    objects = Set(
      try reader.fields("object") { try $0.identifier(ContentHash.self) }.map(\.digest))
    blobs = Set(try reader.fields("blob") { try $0.identifier() })
    states = Set(try reader.fields("state") { try $0.bytes() })
  }

  package func validate() throws {}
}

extension CheckProgress {
  func has(_ chunk: ChunkID) -> Bool {
    Position.chunk(chunk) <= position && !chunks.contains(chunk)
  }

  /// Whether a blob has been hashed, with all chunks as they are now.
  func has(_ blob: Blob, _ index: Int, of object: Digest256) -> Bool {
    Position.blob(index, of: object) <= position && !objects.contains(object)
      && !blobs.contains(blob.sha256)
      && (chunks.isEmpty || !blob.chunks.contains { chunks.contains($0) })
  }

  func has(state key: [UInt8]) -> Bool {
    Position.state(key) <= position && !states.contains(key)
  }

  mutating func takeFaults(of other: CheckProgress) {
    chunks.formUnion(other.chunks)
    objects.formUnion(other.objects)
    blobs.formUnion(other.blobs)
    states.formUnion(other.states)
  }

  /// Notes what a check has found fault with so far.
  mutating func note(_ item: StoredItem, _ problem: StoreFault.Problem) {
    switch (item, problem) {
    case (.object, .blobMismatch(let expected, _)): blobs.insert(expected)
    case (.chunk(let id), _): chunks.insert(id)
    case (.object(_, let id), _): objects.insert(id)
    default: break
    }
  }
}

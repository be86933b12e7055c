import ObjectModel

/// Reads a pack piece by piece, and believes nothing: lengths are bounded before memory is asked for,
/// and contents are hashed against their names.
package struct PackReader {
  /// Gives the next bytes, fewer than asked for only at the end.
  private let read: (Int) throws -> [UInt8]
  private var hasher = ContentHasher()
  private var isAtBeginning = true
  private var isAtEnd = false
  /// Bytes read.
  package private(set) var byteCount = 0

  /// - Throws: ``PackError/notAPack``, ``PackError/newerVersion(found:supported:)``, what `read` throws.
  package init(read: @escaping (Int) throws -> [UInt8]) throws {
    self.read = read
    let start = try read(PackFormat.magic.count + 4)
    guard start.starts(with: PackFormat.magic), start.count == PackFormat.magic.count + 4 else {
      throw PackError.notAPack
    }
    note(start)
    let version = Int(UInt32(littleEndianBytes: start.suffix(4)))
    guard version >= 1 else { throw PackError.notAPack }
    guard version <= PackFormat.version else {
      throw PackError.newerVersion(found: version, supported: PackFormat.version)
    }
  }

  /// The next entry; `nil` at the end, whose checksum has been compared then.
  ///
  /// - Throws: ``PackError``, what reading throws.
  package mutating func next() throws -> PackEntry? {
    guard !isAtEnd else { return nil }
    let first = try exactly(1)[0]
    defer { isAtBeginning = false }
    switch PackFormat.Kind(rawValue: first) {
    case .end:
      let expected = hasher.value.bytes
      guard try exactly(PackFormat.checksumBytes) == expected else {
        throw PackError.wrongChecksum
      }
      guard try read(1).isEmpty else { throw PackError.trailingBytes }
      isAtEnd = true
      return nil
    case .header where isAtBeginning:
      return .header(try body(limit: PackFormat.textLimit))
    case .chunk:
      guard let id = ChunkID(bytes: try exactly(16)) else { throw PackError.truncated }
      let bytes = try body(limit: PackFormat.chunkLimit)
      guard bytes.withUnsafeBytes({ ChunkID(contentDigest(of: $0)) }) == id else {
        throw PackError.wrongContent(.chunk(id))
      }
      return .chunk(id, bytes)
    case .object:
      guard let id = Digest256(bytes: try exactly(32)) else { throw PackError.truncated }
      let text = try body(limit: PackFormat.textLimit)
      guard text.withUnsafeBytes({ CommitID(ofText: $0) }).digest == id else {
        throw PackError.wrongContent(
          .object(
            type: text.withUnsafeBytes { canonicalTypeName(of: $0) } ?? "object", id: id))
      }
      return .object(id, text)
    case .header, nil:
      throw PackError.unknownKind(Int(first))
    }
  }

  private mutating func body(limit: Int) throws -> [UInt8] {
    let count = Int(UInt32(littleEndianBytes: try exactly(4)))
    guard count <= limit else { throw PackError.tooLarge(bytes: count, limit: limit) }
    return try exactly(count)
  }

  private mutating func exactly(_ count: Int) throws -> [UInt8] {
    let bytes = try read(count)
    guard bytes.count == count else { throw PackError.truncated }
    note(bytes)
    return bytes
  }

  private mutating func note(_ bytes: [UInt8]) {
    byteCount += bytes.count
    bytes.withUnsafeBytes { hasher.update($0) }
  }
}

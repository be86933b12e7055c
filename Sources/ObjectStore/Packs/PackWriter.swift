package import ObjectModel

/// Writes a pack piece by piece.
package struct PackWriter {
  private let write: (UnsafeRawBufferPointer) throws -> Void
  private var hasher = ContentHasher()
  /// Bytes written.
  package private(set) var byteCount = 0

  /// - Parameters:
  ///   - header: a text that says what the pack is for.
  ///   - write: takes the pack's bytes in order.
  /// - Throws: what `write` throws, as all of its functions.
  package init(
    header: [UInt8]? = nil, write: @escaping (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    self.write = write
    try put(PackFormat.magic + UInt32(PackFormat.version).littleEndianBytes)
    if let header {
      try put([PackFormat.Kind.header.rawValue] + UInt32(header.count).littleEndianBytes)
      try put(header)
    }
  }

  package mutating func chunk(_ id: ChunkID, _ bytes: UnsafeRawBufferPointer) throws {
    try put(
      [PackFormat.Kind.chunk.rawValue] + id.bytes + UInt32(bytes.count).littleEndianBytes)
    try put(bytes)
  }

  /// - Parameter text: the object's canonical text; what it names must have been written before it, or
  ///   be where the pack is going.
  package mutating func object(_ id: Digest256, _ text: UnsafeRawBufferPointer) throws {
    try put(
      [PackFormat.Kind.object.rawValue] + id.bytes + UInt32(text.count).littleEndianBytes)
    try put(text)
  }

  /// Writes the end, without which a pack is cut off.
  package mutating func finish() throws {
    try put([PackFormat.Kind.end.rawValue])
    try put(hasher.value.bytes)
  }

  private mutating func put(_ bytes: [UInt8]) throws {
    try bytes.withUnsafeBytes { try put($0) }
  }

  private mutating func put(_ bytes: UnsafeRawBufferPointer) throws {
    hasher.update(bytes)
    byteCount += bytes.count
    try write(bytes)
  }
}

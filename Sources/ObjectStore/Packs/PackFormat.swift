package import ObjectModel

/// The form in which objects and chunks travel: one after the other, what is named before what names it,
/// and a SHA-256 of everything at the end. SPEC.md, section 4.3, has the bytes.
package enum PackFormat {
  package static let magic = Array("rledpack".utf8)
  package static let version = 1
  static let checksumBytes = 32
  /// The longest chunk, and the longest text.
  static let chunkLimit = ChunkLayout.maximumChunkBytes
  static let textLimit = CanonicalLimits.objectBytes

  enum Kind: UInt8 {
    case end = 0
    case chunk = 1
    case object = 2
    /// Text that says what the pack is for; at the beginning alone.
    case header = 3
  }
}

/// One thing that a pack brings.
package enum PackEntry: Sendable {
  case header([UInt8])
  case chunk(ChunkID, [UInt8])
  case object(Digest256, [UInt8])

  var byteCount: Int {
    switch self {
    case .header(let bytes), .chunk(_, let bytes), .object(_, let bytes): bytes.count
    }
  }
}

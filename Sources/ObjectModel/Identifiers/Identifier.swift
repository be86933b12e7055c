import Crypto

/// A name made from content. Each kind of thing has its own type of name, so that one cannot be
/// taken for another.
package protocol Identifier: Hashable, Comparable, Sendable, CustomStringConvertible {
  associatedtype Value: Digest
  var digest: Value { get }
  init(_ digest: Value)
}

extension Identifier {
  /// The identifier with these bytes, or `nil` where their number is not that of the digest.
  package init?(bytes: some Sequence<UInt8>) {
    guard let digest = Value(bytes: bytes) else { return nil }
    self.init(digest)
  }

  /// The identifier written as `hex`, or `nil` where that is not its full lower-case spelling.
  package init?(hex: String) {
    guard let bytes = Hexadecimal.decode(hex.utf8) else { return nil }
    self.init(bytes: bytes)
  }

  /// The identifier's bytes, in the order in which the store sorts its keys.
  package var bytes: [UInt8] { digest.bytes }

  /// The identifier in lower-case hexadecimal.
  package var hex: String { Hexadecimal.encode(digest.bytes) }

  package var description: String { hex }

  package static func < (left: Self, right: Self) -> Bool { left.digest < right.digest }
}

/// The name of a chunk: the XXH3-128 of its bytes.
///
/// XXH3 finds damage, it does not withstand an attacker; the ``ContentHash`` of the blob does.
package struct ChunkID: Identifier {
  package let digest: Digest128
  package init(_ digest: Digest128) { self.digest = digest }
}

/// The XXH3-128 of a whole tensor at a commit, as binary32 little-endian bytes in row order.
package struct StateDigest: Identifier {
  package let digest: Digest128
  package init(_ digest: Digest128) { self.digest = digest }
}

/// The SHA-256 of a blob's bytes.
package struct ContentHash: Identifier {
  package let digest: Digest256
  package init(_ digest: Digest256) { self.digest = digest }

  /// The hash of `bytes`.
  ///
  /// - Complexity: O(`bytes.count`).
  package init(of bytes: UnsafeRawBufferPointer) {
    self.init(of: CollectionOfOne(bytes))
  }

  /// The hash of `segments` one after the other.
  ///
  /// - Complexity: O(bytes of all segments).
  package init(of segments: some Sequence<UnsafeRawBufferPointer>) {
    var hasher = ContentHasher()
    for segment in segments { hasher.update(segment) }
    self = hasher.value
  }
}

/// Computes a ``ContentHash`` of bytes that come in pieces.
package struct ContentHasher {
  private var hash = SHA256()

  package init() {}

  /// Appends `bytes`.
  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    hash.update(bufferPointer: bytes)
  }

  /// The hash of everything appended until now.
  package var value: ContentHash { ContentHash(Digest256(hash.finalize())) }
}

/// The name of an object: the SHA-256 of its canonical text.
package struct ObjectID<Kind: CanonicalObject>: Identifier {
  package let digest: Digest256
  package init(_ digest: Digest256) { self.digest = digest }

  /// The name of the object with this canonical text.
  ///
  /// - Complexity: O(`text.count`).
  package init(ofText text: UnsafeRawBufferPointer) {
    var hash = SHA256()
    hash.update(bufferPointer: text)
    digest = Digest256(hash.finalize())
  }
}

extension Digest256 {
  init(_ finished: SHA256Digest) {
    self = finished.withUnsafeBytes { bytes in
      Digest256(
        words: (0..<4).map {
          UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self))
        })
    }
  }
}

package typealias ModelID = ObjectID<ModelManifest>
package typealias DeltaID = ObjectID<Delta>
package typealias ChainID = ObjectID<Chain>
package typealias ChainNodeID = ObjectID<ChainNode>
package typealias CommitID = ObjectID<Commit>
package typealias TagID = ObjectID<Tag>
package typealias AttachmentID = ObjectID<Attachment>

import Crypto

/// A private key to sign with, and the name of whose it is.
///
/// Its canonical text is what a key file holds. It is no object of the ledger: it never gets into a store.
package struct SigningKey: CanonicalObject, CustomStringConvertible {
  package static let typeName = "signing-key"
  /// The private key's bytes: the seed of RFC 8032, 5.1.5.
  package static let seedByteCount = 32

  /// Whose key it is, as the public key's line says.
  package let name: String
  package let publicKey: PublicKey
  private let seed: [UInt8]

  /// A new key from the system's source of random numbers.
  ///
  /// - Throws: ``ObjectModelError/invalid(type:reason:)`` for a name that is empty.
  package init(name: String) throws {
    let key = Curve25519.Signing.PrivateKey()
    guard let new = Self(name: name, seed: Array(key.rawRepresentation)) else {
      throw ObjectModelError.invalid(type: Self.typeName, reason: "the system gave a weak key")
    }
    self = new
    try validate()
  }

  /// The key of a seed; `nil` where that has another length.
  package init?(name: String, seed: [UInt8]) {
    guard seed.count == Self.seedByteCount,
      let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed),
      let publicKey = PublicKey(bytes: Array(key.publicKey.rawRepresentation))
    else { return nil }
    self.name = name
    self.publicKey = publicKey
    self.seed = seed
  }

  /// The signature of `message`, the same each time.
  ///
  /// - Throws: what the cryptographic library throws.
  /// - Complexity: O(`message.count`).
  package func signature(of message: [UInt8]) throws -> Signature {
    let bytes = try Curve25519.Signing.PrivateKey(rawRepresentation: seed).signature(for: message)
    guard let signature = Signature(key: publicKey, bytes: Array(bytes)) else {
      throw ObjectModelError.invalid(type: Self.typeName, reason: "a signature of a wrong length")
    }
    return signature
  }

  package func validate() throws {
    guard SignerName.isUsable(name) else { throw invalid("the name is empty, or not one line") }
  }

  package func write(to writer: inout CanonicalWriter) {
    writer.field("name", .text(name))
    writer.field("public", .token(PublicKey.algorithm), .bytes(publicKey.bytes))
    writer.field("private", .bytes(seed))
  }

  package init(from reader: inout CanonicalReader) throws {
    let name = try reader.field("name") { try $0.text() }
    let publicKey = try reader.field("public") { values in
      guard try values.token() == PublicKey.algorithm else {
        throw values.malformed("a key of an unknown algorithm")
      }
      return try values.publicKey()
    }
    self = try reader.field("private") { values in
      guard let key = Self(name: name, seed: try values.bytes()) else {
        throw values.malformed("not a private key of \(Self.seedByteCount) bytes")
      }
      guard key.publicKey == publicKey else {
        throw values.malformed("the private key is not that of the public one")
      }
      return key
    }
  }

  /// The public part alone: what is printed by mistake gives nothing away.
  package var description: String { "signing key \(publicKey.hex)" }
}

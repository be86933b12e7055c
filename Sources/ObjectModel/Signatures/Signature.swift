import Crypto

/// Who vouches for bytes: an Ed25519 signature with the key that it is checked with.
///
/// Nothing is said of whether it is right before ``isValid(for:)`` is asked, nor of whether anybody trusts
/// the key.
package struct Signature: Hashable, Sendable {
  package static let byteCount = 64

  package let key: PublicKey
  package let bytes: [UInt8]

  /// A signature by `key`; `nil` where `bytes` are not as many as a signature has.
  package init?(key: PublicKey, bytes: some Collection<UInt8>) {
    guard bytes.count == Self.byteCount else { return nil }
    self.key = key
    self.bytes = Array(bytes)
  }

  /// Whether the holder of the private key signed exactly `message`. A second spelling of a signature (an S
  /// that is not below the group's order, an R that is not reduced) is none.
  ///
  /// - Complexity: O(`message.count`).
  package func isValid(for message: [UInt8]) -> Bool {
    guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: key.bytes) else {
      return false
    }
    return key.isValidSignature(bytes, for: message)
  }
}

extension CanonicalWriter {
  /// Writes the field `signature`, where there is one.
  mutating func field(_ signature: Signature?) {
    guard let signature else { return }
    field(
      "signature", .token(PublicKey.algorithm), .bytes(signature.key.bytes),
      .bytes(signature.bytes))
  }
}

extension CanonicalReader {
  /// Reads the field `signature`, where it is next.
  mutating func signature() throws -> Signature? {
    try optionalField("signature") { values in
      guard try values.token() == PublicKey.algorithm else {
        throw values.malformed("a signature by an unknown algorithm")
      }
      let key = try values.publicKey()
      guard let signature = Signature(key: key, bytes: try values.bytes()) else {
        throw values.malformed("not a signature of \(Signature.byteCount) bytes")
      }
      return signature
    }
  }
}

extension CanonicalFieldReader {
  mutating func publicKey() throws -> PublicKey {
    guard let key = PublicKey(bytes: try bytes()) else {
      throw malformed("not a public key that could be trusted")
    }
    return key
  }
}

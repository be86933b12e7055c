/// An object whose text may end with a signature of everything before it.
///
/// Signed are ``signaturePrefix`` and the canonical text without the field `signature`. No canonical text
/// begins with the prefix, so that a signature never fits anything else that a key may have signed; and
/// the text begins with its type, so that a tag's does not fit a commit. Through the ids in the text a
/// signature vouches for the whole history, the model and every delta.
package protocol SignableObject: CanonicalObject {
  var signature: Signature? { get set }
}

extension SignableObject {
  package static var signaturePrefix: String { "rledit-signature-1\n" }

  /// The bytes that a signature of this object is of, whether it has one or not.
  ///
  /// - Complexity: O(length of the text).
  package var signedMessage: [UInt8] {
    var unsigned = self
    unsigned.signature = nil
    return Array(Self.signaturePrefix.utf8) + unsigned.canonicalText
  }

  /// The object with a signature by `key` in the place of the one that it may have.
  ///
  /// The same object and key give the same signature, and so the same name.
  ///
  /// - Throws: what the cryptographic library throws.
  package func signed(by key: SigningKey) throws -> Self {
    var signed = self
    signed.signature = try key.signature(of: signedMessage)
    return signed
  }

  /// Whether the signature is one of this very object; `nil` where there is none.
  ///
  /// - Complexity: O(length of the text).
  package var hasValidSignature: Bool? { signature.map { $0.isValid(for: signedMessage) } }
}

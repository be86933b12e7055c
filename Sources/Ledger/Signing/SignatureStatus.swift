package import ObjectModel

/// What a signature comes to, for somebody who trusts certain keys.
package enum SignatureStatus: Sendable, Hashable {
  /// It is one of this very object, by a key that is trusted.
  case trusted(key: PublicKey, name: String)
  /// It is one of this very object, by a key that is not.
  case untrusted(key: PublicKey)
  /// It is none of this object: that was changed, the signature was, or it is another object's.
  case bad(key: PublicKey)
  case unsigned
  /// It is a trusted one of a tag or note that stands here under another name than it says itself.
  case misplaced(key: PublicKey, name: String)

  package var isTrusted: Bool {
    if case .trusted = self { true } else { false }
  }

  /// The key that the signature names.
  package var key: PublicKey? {
    switch self {
    case .trusted(let key, _), .untrusted(let key), .bad(let key), .misplaced(let key, _): key
    case .unsigned: nil
    }
  }
}

extension AllowedSigners {
  /// What an object's signature comes to.
  ///
  /// - Complexity: O(length of its text).
  package func status(of object: some SignableObject) -> SignatureStatus {
    guard let signature = object.signature, let isValid = object.hasValidSignature else {
      return .unsigned
    }
    guard isValid else { return .bad(key: signature.key) }
    return name(of: signature.key).map { .trusted(key: signature.key, name: $0) }
      ?? .untrusted(key: signature.key)
  }

  /// What a tag's signature comes to where it is found under a name: a signed tag that somebody moved to
  /// another name would vouch for what it does not say.
  package func status(of tag: Tag, called name: String) -> SignatureStatus {
    let status = status(of: tag)
    guard tag.name != name, case .trusted(let key, let signer) = status else { return status }
    return .misplaced(key: key, name: signer)
  }
}

package import ObjectModel

/// Where the key is that a ledger signs with. It is asked for when something is to be signed, so that
/// whoever only reads needs none.
package protocol SigningKeySource: Sendable {
  /// The key; `nil` where nothing is to be signed.
  func signingKey() throws -> SigningKey?
}

extension Ledger {
  /// An object as it is to be written: signed, where this ledger signs. Every commit and tag goes through
  /// here.
  ///
  /// - Throws: what the source of the key throws.
  func sealed<Object: SignableObject>(_ object: Object) throws -> Object {
    try object.sealed(by: signing?.signingKey())
  }
}

extension SignableObject {
  /// The object signed by a key, or unsigned where there is none: never with somebody else's signature.
  func sealed(by key: SigningKey?) throws -> Self {
    if let key { return try signed(by: key) }
    var unsigned = self
    unsigned.signature = nil
    return unsigned
  }
}

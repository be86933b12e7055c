import Ledger
import ObjectModel

/// Files of keys.
enum KeyRules {
  /// What is accepted is written as it was read, or says the same when it is read again.
  static func check(_ bytes: [UInt8]) {
    if let key = try? SigningKey.decode(bytes) {
      require((try? key.encoded().text) == bytes, "a key is written otherwise than it was read")
    }
    guard let signers = try? AllowedSigners(text: bytes) else { return }
    let text = signers.entries.map { $0.line + "\n" }.joined()
    require(
      (try? AllowedSigners(text: Array(text.utf8)))?.entries == signers.entries,
      "a list of keys became another one")
    for entry in signers.entries {
      require(
        (1...255).contains(entry.name.utf8.count), "a key's holder with a name that none has")
    }
  }
}

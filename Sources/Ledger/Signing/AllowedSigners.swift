package import ObjectModel

/// The public keys that somebody trusts, with the names of those who hold them.
///
/// As text: a line `ed25519 KEY NAME` for each, the key in lower-case hexadecimal, the name everything behind
/// it. Empty lines and lines that begin with `#` say nothing.
package struct AllowedSigners: Sendable, Hashable {
  /// A key with the name of its holder.
  package struct Entry: Sendable, Hashable {
    package let key: PublicKey
    package let name: String

    package init(key: PublicKey, name: String) {
      self.key = key
      self.name = name
    }

    /// The line that says so, without a line feed.
    package var line: String { "\(PublicKey.algorithm) \(key.hex) \(name)" }
  }

  /// Why a text is no list of keys.
  package enum Fault: Error, Sendable, Hashable {
    case tooLarge(bytes: Int)
    /// `line`, from 1, is not of the form.
    case malformed(line: Int, reason: String)
    /// A key comes a second time at `line`: whose it is would depend on who looks.
    case duplicate(line: Int, key: PublicKey)
  }

  /// The longest text, 1 MiB: thousands of keys.
  package static let maximumBytes = 1 << 20

  /// In the order of the text.
  package let entries: [Entry]
  private let names: [PublicKey: String]

  /// Nobody.
  package init() {
    entries = []
    names = [:]
  }

  /// Those of a text.
  ///
  /// - Throws: ``Fault``; a line that cannot be understood is not passed over, since it may have been meant
  ///   to be a key.
  package init(text: [UInt8]) throws {
    guard text.count <= Self.maximumBytes else { throw Fault.tooLarge(bytes: text.count) }
    var entries: [Entry] = []
    var names: [PublicKey: String] = [:]
    let lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, bytes) in lines.enumerated() {
      guard !bytes.isEmpty, bytes.first != UInt8(ascii: "#") else { continue }
      let entry = try Self.entry(bytes, line: index + 1)
      guard names.updateValue(entry.name, forKey: entry.key) == nil else {
        throw Fault.duplicate(line: index + 1, key: entry.key)
      }
      entries.append(entry)
    }
    self.entries = entries
    self.names = names
  }

  /// Who holds a key; `nil` where it is none of these.
  package func name(of key: PublicKey) -> String? { names[key] }

  private static func entry(_ bytes: ArraySlice<UInt8>, line: Int) throws -> Entry {
    func fault(_ reason: String) -> Fault { .malformed(line: line, reason: reason) }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw fault("not UTF-8") }
    let parts = text.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.first.map(String.init) == PublicKey.algorithm else {
      throw fault("it does not begin with \"\(PublicKey.algorithm) \"")
    }
    guard parts.count == 3 else { throw fault("not an algorithm, a key and a name") }
    guard let decoded = Hexadecimal.decode(parts[1].utf8), let key = PublicKey(bytes: decoded)
    else { throw fault("not a key of 64 lower-case hexadecimal digits that could be trusted") }
    let name = String(parts[2])
    guard SignerName.isUsable(name) else { throw fault("the name is empty, too long or not plain") }
    return Entry(key: key, name: name)
  }
}

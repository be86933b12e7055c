import Glibc
import Ledger
import ObjectModel

/// The file of public keys that somebody trusts.
struct AllowedSignersFile {
  /// In a store's directory; it belongs to that, and nothing that travels has one.
  static let name = "allowed-signers"

  let path: String
  /// Whether somebody named it, so that it has to be there.
  private let isNamed: Bool

  /// That of `--allowed-signers`, else of `RLEDIT_ALLOWED_SIGNERS`, else the store's.
  init(_ chosen: String? = nil, store: String) {
    let named = chosen ?? Environment.value("RLEDIT_ALLOWED_SIGNERS")
    path = named ?? "\(store)/\(Self.name)"
    isNamed = named != nil
  }

  /// The keys; none where the store has no such file.
  ///
  /// - Throws: ``KeyFileError``.
  func read() throws -> AllowedSigners { try parse(bytes(mayBeMissing: !isNamed)) }

  /// Trusts a key from now on.
  ///
  /// - Parameter line: as ``AllowedSigners`` has it.
  /// - Returns: what the line says, and whether it was not there before.
  /// - Throws: ``KeyFileError``, also where the key is there under another name;
  ///   `AllowedSigners.Fault` for a line that is none.
  func add(_ line: String) throws -> (entry: AllowedSigners.Entry, isNew: Bool) {
    guard let entry = try AllowedSigners(text: Array(line.utf8)).entries.first else {
      throw AllowedSigners.Fault.malformed(line: 1, reason: "it is empty")
    }
    let bytes = try bytes(mayBeMissing: true)
    let known = try parse(bytes)
    if let name = known.name(of: entry.key) {
      guard name == entry.name else {
        throw KeyFileError.malformed(
          path: path, line: nil, reason: "it has this key already, as that of \(name)")
      }
      return (entry, false)
    }
    try GuardedFile.append(
      line: entry.line, to: path,
      endsWithLineFeed: bytes.last.map { $0 == UInt8(ascii: "\n") } ?? true)
    return (entry, true)
  }

  private func bytes(mayBeMissing: Bool) throws -> [UInt8] {
    do {
      return try GuardedFile.read(path, .believed, limit: AllowedSigners.maximumBytes)
    } catch KeyFileError.inputOutput(_, ENOENT) where mayBeMissing {
      return []
    }
  }

  private func parse(_ bytes: [UInt8]) throws -> AllowedSigners {
    do {
      return try AllowedSigners(text: bytes)
    } catch AllowedSigners.Fault.tooLarge {
      throw KeyFileError.tooLarge(path: path, limit: AllowedSigners.maximumBytes)
    } catch AllowedSigners.Fault.malformed(let line, let reason) {
      throw KeyFileError.malformed(path: path, line: line, reason: reason)
    } catch AllowedSigners.Fault.duplicate(let line, let key) {
      throw KeyFileError.malformed(
        path: path, line: line, reason: "the key \(key.short) comes a second time")
    }
  }
}

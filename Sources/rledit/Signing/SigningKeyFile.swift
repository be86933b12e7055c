import Ledger
import ObjectModel

/// The file of a private key.
struct SigningKeyFile: SigningKeySource {
  /// More than any key file has.
  private static let maximumBytes = 4096

  let path: String

  /// Reads the key.
  ///
  /// - Throws: ``KeyFileError``.
  func key() throws -> SigningKey {
    let bytes = try GuardedFile.read(path, .secret, limit: Self.maximumBytes)
    do {
      return try SigningKey.decode(bytes)
    } catch ObjectModelError.malformed(_, let line, let reason) {
      throw KeyFileError.malformed(path: path, line: line, reason: reason)
    } catch ObjectModelError.invalid(_, let reason) {
      throw KeyFileError.malformed(path: path, line: nil, reason: reason)
    }
  }

  func signingKey() throws -> SigningKey? { try key() }

  /// Writes a key into a file that is not there yet, for its owner alone.
  ///
  /// - Throws: ``KeyFileError``, `ObjectModelError`.
  func create(_ key: SigningKey) throws {
    try GuardedFile.create(path, key.encoded().text)
  }
}

extension GlobalOptions {
  /// The key that this command line signs with: `--signing-key`, else `RLEDIT_SIGNING_KEY`; `nil` where
  /// there is neither, or `--no-sign` is given.
  var signingKeyFile: SigningKeyFile? {
    guard !noSign else { return nil }
    return (signingKey ?? Environment.value("RLEDIT_SIGNING_KEY")).map { SigningKeyFile(path: $0) }
  }
}

/// A verb that may be long at work before it signs: its key is looked at first.
protocol SigningVerb: Verb {
  /// Whether it is going to sign, with these arguments.
  var makesCommits: Bool { get }
}

extension SigningVerb {
  var makesCommits: Bool { true }

  /// - Throws: ``KeyFileError``.
  func requireSigningKey() throws {
    if makesCommits { _ = try global.signingKeyFile?.key() }
  }
}

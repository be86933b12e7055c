import Ledger

extension KeyFileError: FailureConvertible {
  var failure: Failure {
    switch self {
    case .inputOutput(let path, let errno):
      Wording.inputOutput(errno, path: path)
    case .notAFile(let path):
      Failure(
        .inputOutput, "\(Wording.quoted(path)) is no plain file",
        hint: "'rledit key generate FILE' makes a key")
    case .openToOthers(let path, let mode, let isPrivate):
      Failure(
        .inputOutput,
        isPrivate
          ? "the private key \(Wording.quoted(path)) has mode \(Self.octal(mode)), so that others "
            + "can get at it"
          : "anybody can change \(Wording.quoted(path)), which has mode \(Self.octal(mode))",
        hint: isPrivate
          ? "'chmod 600' it; where others may have read it, make a new key"
          : "'chmod o-w' it, and look at what is in it")
    case .foreignOwner(let path):
      Failure(
        .inputOutput, "\(Wording.quoted(path)) belongs to another user",
        hint: "use a file of your own")
    case .tooLarge(let path, let limit):
      Failure(
        .malformedInput,
        "\(Wording.quoted(path)) has more than \(Quantity.bytes(limit)), which no such file has",
        hint: "check that it is the file that was meant")
    case .malformed(let path, let line, let reason):
      Failure(
        .malformedInput,
        "\(Wording.quoted(path)) is malformed\(line.map { " at line \($0)" } ?? ""): "
          + Wording.plain(reason),
        hint: "'rledit key generate' makes private keys, 'rledit key show' lines of public ones")
    case .exists(let path):
      Failure(
        .inputOutput, "there is a file \(Wording.quoted(path)) already, which may be a key",
        hint: "name another file")
    case .noneNamed:
      Failure(
        .usage, "no key is named",
        hint: "name its file, or set RLEDIT_SIGNING_KEY or --signing-key")
    }
  }

  private static func octal(_ mode: UInt32) -> String {
    let digits = String(mode, radix: 8)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }
}

extension AllowedSigners.Fault: FailureConvertible {
  var failure: Failure {
    switch self {
    case .tooLarge, .duplicate:
      Failure(.usage, "one key is wanted", hint: "trust one key after the other")
    case .malformed(_, let reason):
      Failure(
        .usage, "this is no line of a public key: \(Wording.plain(reason))",
        hint: "it is what 'rledit key show' prints: ed25519, the key, a name")
    }
  }
}

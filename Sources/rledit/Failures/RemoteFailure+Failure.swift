import Ledger
import ObjectModel
import ObjectStore

extension RemoteFailure: FailureConvertible {
  private static let again = "run the command again: what arrived is not sent again"

  var failure: Failure {
    let place = Wording.quoted(location)
    switch reason {
    case .notStarted(let command, let errno):
      return Failure(
        .inputOutput,
        "cannot run \(Wording.plain(command.name)) here to reach \(place): \(Wording.system(errno))",
        hint: command.name == command.program
          ? "install \(command.program), or name another command in \(command.variable)"
          : "\(command.variable) names it; unset, it is \(command.program)")
    case .ended(.exit(127), let program):
      return Failure(
        .inputOutput, "there is no program \(Wording.quoted(program)) at \(place)",
        hint:
          "install rledit there, or say where it is by --remote-program or RLEDIT_REMOTE_PROGRAM")
    case .ended(.exit(255), _):
      return Failure(
        .inputOutput, "ssh cannot reach \(place), or the line broke",
        hint: "'ssh HOST' must work by itself; then run the command again, which goes on from here")
    case .ended(let ending, _):
      return Failure(
        .inputOutput, "the other side at \(place) ended in the middle (\(ending.wording))",
        hint: Self.again)
    case .wire(.refused(let code, let sentence, let hint)):
      return Failure(
        ExitStatus(rawValue: Int32(clamping: code)) ?? .inputOutput,
        "at \(place): \(Wording.plain(sentence))", hint: hint.map { Wording.plain($0) })
    case .wire(let error): return told(error.failure)
    case .depot(let error): return told(error.failure)
    case .rclone(let message):
      return Failure(
        .inputOutput, "rclone failed at \(place): \(Wording.plain(message))",
        hint: "'rclone lsd REMOTE:' must work by itself; then run the command again, which goes on "
          + "from here")
    }
  }

  private func told(_ failure: Failure) -> Failure {
    Failure(
      failure.status, "at \(Wording.quoted(location)): \(failure.sentence)", hint: failure.hint)
  }
}

extension DepotError: FailureConvertible {
  var failure: Failure {
    switch self {
    case .missing(let path):
      Failure(
        .damaged, "the file \(path) is missing",
        hint: "bring it back from a copy; nothing was referenced here")
    case .damaged(let path, let reason):
      Failure(
        .damaged, "the file \(path) is damaged: \(Wording.plain(reason.wording))",
        hint: "bring it back from a copy; nothing was referenced here")
    case .locked:
      Failure(
        .busy, "others are pushing there all the time",
        hint: "run the command again: what has been put there is not sent again")
    case .noRoom(let path): Wording.diskFull(path: path)
    }
  }
}

extension DepotFault {
  fileprivate var wording: String {
    switch self {
    case .otherBytes: "its bytes are not those of its name"
    case .tooLong: "it is too long"
    case .otherGeneration: "it is a state of another number"
    case .pack(let error): error.fault(of: "the pack")
    case .malformed(let reason): reason
    }
  }
}

extension ConversationProgram.Ending {
  fileprivate var wording: String {
    switch self {
    case .exit(let code): "code \(code)"
    case .signal(let number): "signal \(number)"
    }
  }
}

extension WireError: FailureConvertible {
  private static let versions = "use the same version of rledit on both sides"

  var failure: Failure {
    switch self {
    case .notRledit(let start):
      Failure(
        .inputOutput,
        "what answers is not rledit: it begins with "
          + Wording.quoted(String(decoding: start, as: UTF8.self)),
        hint: "a shell's start-up files there must not print anything; 'ssh HOST true' shows it")
    case .newerVersion(let found, let supported):
      Failure(
        .inputOutput, "the other rledit speaks form \(found), and this one knows \(supported)",
        hint: Self.versions)
    case .ended:
      Failure(
        .inputOutput, "the other side ended in the middle",
        hint: "run the command again: what arrived is not sent again")
    case .unexpected(let kind):
      Failure(
        .malformedInput, "the other side said something out of turn (frame \(kind))",
        hint: Self.versions)
    case .tooLarge(let count, let limit):
      Failure(
        .malformedInput, "the other side sends \(count) at once, and \(limit) are the most",
        hint: Self.versions)
    case .malformed(let reason):
      Failure(
        .malformedInput, "the other side sends what is malformed: \(Wording.plain(reason))",
        hint: Self.versions)
    case .unasked(let item):
      Failure(
        .malformedInput, "the other side sends \(item.wording), which nobody asked for",
        hint: "do not trust where it came from; nothing was referenced")
    case .refused(_, let sentence, let hint):
      Failure(.inputOutput, Wording.plain(sentence), hint: hint.map { Wording.plain($0) })
    }
  }
}

extension PackItem {
  fileprivate var wording: String {
    switch self {
    case .chunk(let id): "chunk \(id.short)"
    case .object(let id): "object \(String(Hexadecimal.encode(id.bytes).prefix(12)))"
    }
  }
}

import Ledger
import ObjectModel
import ObjectStore

extension PackError: FailureConvertible {
  private static let again = "get it once more from where it came from; nothing was referenced"

  var failure: Failure {
    let hint =
      switch self {
      case .notAPack: "'rledit bundle create FILE' makes them"
      case .newerVersion: "use the program that wrote it, or a newer one"
      default: Self.again
      }
    return Failure(.malformedInput, fault(of: "the pack"), hint: hint)
  }

  /// What is wrong with the pack, which is called `name`.
  func fault(of name: String) -> String {
    switch self {
    case .notAPack: "\(name) is none: it does not begin like one"
    case .newerVersion(let found, let supported):
      "\(name) has form \(found), and this program knows \(supported)"
    case .truncated: "\(name) is cut off"
    case .unknownKind(let kind): "\(name) has an entry of unknown kind \(kind)"
    case .tooLarge(let bytes, let limit):
      "\(name) has an entry of \(bytes) bytes, and \(limit) are the most"
    case .wrongContent(let item):
      "in \(name), the bytes of \(Self.name(item)) are not those of its name"
    case .malformed(let item, let reason): "in \(name), \(Self.name(item)) is malformed: \(reason)"
    case .missing(let item, let user):
      "\(name) lacks \(Self.name(item)), which \(Self.name(user)) names"
    case .wrongChecksum: "the checksum of \(name) is wrong"
    case .trailingBytes: "there is something after the end of \(name)"
    }
  }

  private static func name(_ item: StoredItem) -> String {
    switch item {
    case .chunk(let id): "chunk \(id.short)"
    case .object(let type, let id): "\(type) \(String(Hexadecimal.encode(id.bytes).prefix(12)))"
    case .reference(let name): name.text
    case .operation(let number): "operation \(number)"
    case .stateSnapshot, .derivedRecord: item.wording
    case .property(let name): name
    case .page(let number, _): "page \(number)"
    }
  }
}

extension SharingError: FailureConvertible {
  var failure: Failure {
    switch self {
    case .nothingToSend:
      Failure(
        .name, "there is no branch or tag to send", hint: "'rledit branch' lists the branches")
    case .nothingToTake:
      Failure(
        .name,
        "there is nothing to take in: the other store has no branch or tag, if it is there at all",
        hint: "check the location; a folder that nobody pushed to looks so")
    case .notABundle:
      Failure(
        .malformedInput, "the file is a pack without a header, and so no bundle",
        hint: "'rledit bundle create FILE' makes them")
    case .badHeader(let reason):
      Failure(
        .malformedInput, "the bundle's header is malformed: \(reason)",
        hint: "get it once more from where it came from")
    case .missingPrerequisites(let commits, let models):
      Failure(
        .doesNotFit,
        "the bundle builds on what is not here: "
          + (commits.prefix(3).map { "commit \($0.short)" }
          + models.prefix(3).map { "model \($0.short)" }).joined(separator: ", "),
        hint: "take in the bundle that has it first, or make this one without --except and "
          + "--without-model")
    case .missingTarget(let name):
      Failure(
        .malformedInput, "what came names \(Wording.quoted(name)) and has not what it stands for",
        hint: "get it once more from where it came from, and not while 'rledit gc' works here")
    case .unsoundCommit(let commit):
      Failure(
        .malformedInput,
        "commit \(commit.short), which came in, contradicts its parent or its chain",
        hint: "do not trust where it came from; nothing was referenced")
    }
  }
}

import ObjectModel
import ObjectStore

extension ObjectStoreError: FailureConvertible {
  private static let checkHint = "'rledit fsck --full' tells what is damaged and what it touches"

  var failure: Failure {
    switch self {
    case .notAStore(let path):
      Failure(
        .store, "\(Wording.quoted(path)) is not a store",
        hint: "check the path; 'rledit init' makes a store where nothing else is in the way")
    case .alreadyAStore(let path):
      Failure(
        .store, "there is a store at \(Wording.quoted(path)) already",
        hint: "'rledit status' shows what is in it")
    case .notAnEmptyDirectory(let path):
      Failure(
        .store,
        "\(Wording.quoted(path)) is there, and is neither a store nor an empty directory",
        hint:
          "look at what it is and move it away, or make the store in another place: 'rledit init DIR'"
      )
    case .newerFormat(let found, let supported):
      Failure(
        .store, "the store has format \(found), and this program reads up to \(supported)",
        hint: "use the newer rledit that wrote it")
    case .truncated(let path, let expected, let found):
      Failure(
        .damaged, "\(Wording.quoted(path)) is cut off: \(found) of \(expected) bytes",
        hint: "copy the store again from where it came")
    case .missing(let item):
      Failure(.damaged, "\(item.wording) is missing", hint: Self.checkHint)
    case .corrupted(let item, _):
      Failure(
        .damaged, "\(item.wording) is damaged: its bytes have another hash", hint: Self.checkHint)
    case .malformed(let item, let reason):
      Failure(.damaged, "\(item.wording) is damaged: \(reason)", hint: Self.checkHint)
    case .blobMismatch(let expected, _):
      Failure(
        .damaged, "the data with SHA-256 \(expected.hex.prefix(16)) is damaged",
        hint: Self.checkHint)
    case .collision(let id):
      Failure(
        .damaged, "other bytes have the name of chunk \(id.hex)",
        hint: "please report this: it does not happen by chance")
    case .referenceChanged(let name, _, _):
      Failure(
        .busy, "another process moved \(Wording.quoted(name.text)) meanwhile",
        hint: "run the command again")
    case .mapFull(let limit):
      Failure(
        .busy, "the store needs more address space than its \(Quantity.bytes(limit))",
        hint: "run the command again; raise the limit of 'ulimit -v' if there is one")
    case .diskFull(let path):
      Wording.diskFull(path: path)
    case .busy(let path):
      Failure(
        .busy, "other processes use the store at \(Wording.quoted(path))",
        hint: "run the command again when they are done")
    case .transactionTooLarge:
      Failure(
        .internal, "one step of this command changes too much of the store at once",
        hint: "please report this with the command line")
    case .ioError(let errno, let path):
      Wording.inputOutput(errno, path: path)
    case .databaseFailure(let code, let message):
      // LMDB's codes for pages that contradict each other, or that lead deeper than a tree can be or have less
      // room than they say; and the one for a transaction that has met such a page before.
      if (-30797...(-30793)).contains(code) || (-30787...(-30786)).contains(code) || code == -30782
      {
        Failure(.damaged, "the store's database is damaged: \(message)", hint: Self.checkHint)
      } else {
        Failure(
          .internal, "the store's database failed: \(message) (\(code))",
          hint: "please report this with the command line")
      }
    }
  }
}

extension StoredItem {
  /// The item in words.
  var wording: String {
    switch self {
    case .chunk(let id): "chunk \(id.hex)"
    case .object(let type, let id): "\(type) \(Hexadecimal.encode(id.bytes).prefix(16))"
    case .reference(let name): "reference \(Wording.quoted(name.text))"
    case .operation(let number): "operation \(number)"
    case .stateSnapshot(let model, let next):
      "the snapshot of \(Quantity.count(next, "number")) of model \(model.short)"
    case .derivedRecord(let commit): "the running statistics kept at commit \(commit.short)"
    case .property(let name): "the store's own entry \(Wording.quoted(name))"
    case .page(let number, let owner): "page \(number) of \(owner)"
    }
  }
}

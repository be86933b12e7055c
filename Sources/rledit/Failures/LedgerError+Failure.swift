import Ledger
import ObjectModel

extension LedgerError: FailureConvertible {
  var failure: Failure {
    switch self {
    case .notALedger:
      Failure(
        .store, "the store has no history yet: it has no HEAD",
        hint: "'rledit init' finishes a store whose making was cut off")
    case .alreadyALedger:
      Failure(.store, "the store has a history already", hint: "'rledit status' shows it")
    case .unknownRevision(let text, let suggestions):
      Failure(
        .name, "no revision is called \(Wording.quoted(text))",
        hint: Wording.didYouMean(
          suggestions, else: "'rledit log --all' and 'rledit branch' list what there is"))
    case .ambiguousRevision(let text, let candidates):
      Failure(
        .name, "\(Wording.quoted(text)) may mean several things",
        hint: "write one of these out: "
          + candidates.prefix(4).map { $0.count == 64 ? String($0.prefix(16)) : $0 }
          .joined(separator: ", "))
    case .invalidRevision(let text, let reason):
      Failure(
        .name, "\(Wording.quoted(text)) is no revision: \(reason)",
        hint: "revisions look like HEAD, main~3, v1, 1a2b3c4d or @{1}")
    case .threeDots(let text):
      Failure(
        .name, "\(Wording.quoted(text)) has three dots, and two make a range",
        hint:
          "A..B are the commits that B has and A has not; 'rledit log' and 'diff' know A...B, too")
    case .noSuchParent(let text, let commit, let parent):
      Failure(
        .name,
        "\(Wording.quoted(text)) leads past commit \(commit.short), which has no "
          + (parent == 1 ? "parent" : "parent \(parent)"),
        hint: "'rledit log' lists the commits there are")
    case .noSuchPastValue(let text, let available):
      Failure(
        .name,
        "\(Wording.quoted(text)) goes back further than the "
          + "\(Quantity.count(available, "value")) on record",
        hint: "'rledit op log' lists what moved it")
    case .noUpstream(let branch?):
      Failure(
        .name, "\(Remote.standardName) is not known to have a branch \(Wording.quoted(branch))",
        hint: "'rledit fetch' looks there, and 'rledit push' makes one")
    case .noUpstream(nil):
      Failure(
        .name, "HEAD is on no branch, so no other store has one of its name",
        hint: "go to a branch first: 'rledit switch BRANCH'")
    case .invalidName(let name, let reason):
      Failure(
        .usage, "\(Wording.quoted(name)) cannot be a name: \(reason)",
        hint: "use letters, digits, '.', '_', '-' and '/'")
    case .branchExists(let name):
      Failure(
        .name, "a branch called \(Wording.quoted(name)) exists",
        hint: "take another name, or delete it with 'rledit branch -d \(name)'")
    case .noSuchBranch(let name, let suggestions):
      Failure(
        .name, "no branch is called \(Wording.quoted(name))",
        hint: Wording.didYouMean(suggestions, else: "'rledit branch' lists the branches"))
    case .notThere(let name, let suggestions):
      Failure(
        .name, "the other store has no branch or tag called \(Wording.quoted(name))",
        hint: Wording.didYouMean(
          suggestions,
          else:
            "'rledit fetch --prune' forgets what is gone there; 'rledit branch -r' lists the rest"))
    case .tagExists(let name):
      Failure(
        .name, "a tag called \(Wording.quoted(name)) exists",
        hint: "take another name, or delete it with 'rledit tag -d \(name)'")
    case .otherTagThere(let name):
      Failure(
        .name, "the store pushed to has another tag called \(Wording.quoted(name))",
        hint: "--force puts this one in its place")
    case .pushedTwice(let name, let targets):
      Failure(
        .usage,
        "\(Wording.quoted(name)) cannot be two things in the other store: "
          + targets.map { $0.map { String($0.targetText.prefix(12)) } ?? "nothing" }
          .joined(separator: " and "),
        hint: "name what it is to be there once")
    case .noSuchTag(let name, let suggestions):
      Failure(
        .name, "no tag is called \(Wording.quoted(name))",
        hint: Wording.didYouMean(suggestions, else: "'rledit tag' lists the tags"))
    case .materialExists(let kind, let name):
      Failure(
        .name, "a \(kind.rawValue) called \(Wording.quoted(name)) exists",
        hint: "take another name, or replace it with --force")
    case .noSuchMaterial(let kind, let name, let suggestions):
      Failure(
        .name, "no \(kind.rawValue) is called \(Wording.quoted(name))",
        hint: Wording.didYouMean(suggestions, else: "'rledit stat' lists what there is"))
    case .remoteExists(let name):
      Failure(
        .name, "a remote called \(Wording.quoted(name)) exists",
        hint: "take another name, or forget it with 'rledit remote remove \(name)'")
    case .noSuchRemote(let name, let suggestions):
      Failure(
        .name, "no remote is called \(Wording.quoted(name))",
        hint: Wording.didYouMean(
          suggestions, else: "'rledit remote add NAME PATH' makes one, and a path will do as well"))
    case .notFastForward(let name):
      Failure(
        .busy,
        "the other store's branch \(Wording.quoted(name)) has commits that what is pushed has not",
        hint: "take them in first, as by 'rledit pull', or do without them by --force")
    case .branchIsCurrent(let name):
      Failure(
        .name, "\(Wording.quoted(name)) is the current branch and cannot be deleted",
        hint: "go to another one first: 'rledit switch BRANCH'")
    case .noCommits(let branch):
      Failure(
        .name, "branch \(Wording.quoted(branch)) has no commits yet",
        hint: "'rledit import PATH' makes the first one from a model")
    case .hasCommits(let branch):
      Failure(
        .name, "branch \(Wording.quoted(branch)) has commits, so it has its model already",
        hint: "keep another model in a store of its own: 'rledit init DIR'")
    case .nothingToRevert(let commits):
      Failure(
        .name,
        "nothing to revert: what \(commits.map(\.short).joined(separator: ", ")) did is not there",
        hint: "it changed no weights, or was reverted before; see 'rledit log'")
    case .nothingToCarry(let commits):
      Failure(
        .name,
        "nothing to do: what \(commits.map(\.short).joined(separator: ", ")) did is there already",
        hint: "see 'rledit log' and 'rledit show'")
    case .differentModels(let first, let second):
      Failure(
        .doesNotFit, "commits \(first.short) and \(second.short) stand on different models",
        hint: "an edit of one model means nothing to another")
    case .notOneLine(let merge):
      Failure(
        .doesNotFit,
        "merge \(merge.short) joined lines in a way that one line of commits cannot tell",
        hint: "merge instead, or begin at a commit before these lines parted")
    case .notAnAncestor(let commit):
      Failure(
        .name, "commit \(commit.short) is not one that the current commit came from",
        hint: "'rledit log' lists those")
    case .nothingSince(let commit):
      Failure(
        .name, "nothing has come since commit \(commit.short): it is the current one",
        hint: "name an earlier one, such as HEAD~3")
    case .bisecting:
      Failure(
        .name, "a search for the first bad commit is under way",
        hint: "go on with 'rledit bisect good' or 'bad', or end it with 'rledit bisect reset'")
    case .notBeforeBad(let good, let bad, let areSwapped):
      Failure(
        .name,
        "commit \(good.short), said to be good, is not one that the bad \(bad.short) came from"
          + (areSwapped ? ", but comes from it" : ""),
        hint: areSwapped
          ? "say them the other way round: 'rledit bisect start BAD GOOD', 'rledit bisect find GOOD BAD'"
          : "'rledit log \(bad.short)' lists those")
    case .badElsewhere(let commit, let known):
      Failure(
        .name,
        "commit \(commit.short) is not one that \(known.short) came from, which is known to be bad",
        hint: "'rledit log \(known.short)' lists those; 'rledit bisect reset' ends the search")
    case .goodAfterBad(let bad):
      Failure(
        .name, "a commit said to be good comes from \(bad.short), which is said to be bad",
        hint: "a search finds where good becomes bad once; begin anew with 'rledit bisect reset'")
    case .notBisecting:
      Failure(
        .name, "no search for the first bad commit is under way",
        hint: "begin one with 'rledit bisect start BAD GOOD'")
    case .noSuchOperation(let number, let last):
      Failure(
        .name, "there is no operation \(number); the last one is \(last)",
        hint: "'rledit op log' lists the operations")
    case .nothingToUndo:
      Failure(.name, "no operation is left to undo", hint: "'rledit op log' lists the operations")
    case .nothingToRedo:
      Failure(
        .name, "no undone operation is left to do again",
        hint: "only an undo right before can be taken back; see 'rledit op log'")
    case .referenceMoved(let name, let move):
      Failure(
        .busy,
        "another process moved \(Wording.quoted(Self.shortName(name))) meanwhile"
          + (move.map { ": \($0.wording)" } ?? ""),
        hint: "look at 'rledit log' and run the command again; commits already made stay")
    case .overtaken(let name, let move):
      Failure(
        .busy,
        "\(Wording.quoted(Self.shortName(name))) of the store pushed to has moved meanwhile"
          + (move.map { ": \($0.wording)" } ?? "") + "; nothing was moved there",
        hint:
          "take in what came by 'rledit pull', or look at it after 'rledit fetch', and push again")
    case .collected(let type, let id):
      Failure(
        .name,
        "\(type) \(String(Hexadecimal.encode(id.bytes).prefix(16))) is not in the store any more",
        hint: "'rledit gc' has taken it out, since nothing led to it")
    case .missingObject(let type, let id):
      Failure(
        .damaged, "\(type) \(String(Hexadecimal.encode(id.bytes).prefix(16))) is not in the store",
        hint: "'rledit fsck --full' tells what else is missing")
    }
  }

  /// A reference as users name it.
  private static func shortName(_ reference: String) -> String {
    let prefixes =
      [LedgerNames.branchPrefix, LedgerNames.tagPrefix]
      + MaterialKind.allCases.map(\.referencePrefix)
    for prefix in prefixes
    where reference.hasPrefix(prefix) {
      return String(reference.dropFirst(prefix.count))
    }
    return reference
  }
}

extension ReferenceMove {
  /// Which operation it was, whose, and when.
  fileprivate var wording: String {
    "operation \(number)" + (author.map { " by \(Wording.quoted($0))" } ?? "")
      + " at \(Quantity.time(time)), \(Wording.quoted(command))"
  }
}

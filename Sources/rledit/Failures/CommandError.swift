import Editing
import Glibc
import ObjectModel

/// What can go wrong in the executable itself.
enum CommandError: Error, Equatable {
  /// Neither `directory` nor anything above it holds a store.
  case noStoreFound(directory: String)
  /// The nearest store is another user's, who could have this one run their hooks.
  case foreignStore(path: String)
  /// `RLEDIT_ISA` names no instruction set.
  case unknownInstructionSet(String)
  /// The directory of `-C` cannot be entered.
  case badDirectory(path: String, errno: Int32)
  /// The directory that is to hold a new store cannot be made.
  case cannotMakeDirectory(path: String, errno: Int32)
  /// Standard output cannot be written, for another reason than that nobody reads it.
  case outputFailed(errno: Int32)
  /// Nobody reads standard output any more.
  case brokenPipe
  /// The command line parses but asks for something that makes no sense.
  case usage(String, hint: String)
  /// A range of commits was given where one commit is wanted, or names nothing.
  case rangeNotAllowed(String)
  /// A branch is wanted, and `name` stands for a commit in another way.
  case notABranch(String, commit: CommitID)
  /// A name that travels is wanted, and the text stands for commits in another way.
  case noName(String, hint: String)
  /// There is neither a branch nor a tag where a store is to be copied from.
  case nothingThere(location: String)
  /// No branch has the name, and several other stores have one of it.
  case severalRemotes(String, branches: [String])
  /// A commit has no note, or none of that id.
  case noSuchNote(commit: CommitID, id: String?)
  /// A commit has several notes, or several whose ids begin so, and one is wanted.
  case severalNotes(commit: CommitID, ids: [TagID])
  /// Nothing in the history carries a recipe to make deltas from again.
  case nothingToRegenerate
  /// A record to edit is longer than what the model reads.
  case recordTooLong(prompt: String, tokens: Int, limit: Int)
  /// A method that has no hypernetwork was to be trained.
  case noHypernetwork(String)
  /// Numbers of a training are none any more.
  case trainingDiverged
  /// A text has no token to measure perplexity on.
  case notEnoughText(path: String)
  /// A file that should hold text is not UTF-8.
  case notText(path: String)
  /// No edit is active where edits were to be measured.
  case noActiveEdits
  /// There are records to measure, and none is among those asked for.
  case noRecordsLeft
  /// The same where later edits of the same facts have taken the place of some.
  case allReplaced
  /// The checkpoint of an unfinished training is that of another one.
  case otherTraining(path: String)
  /// The checkpoint of an unfinished training is cut short or damaged.
  case damagedCheckpoint(path: String)
  /// No model of the history has a tensor of that name.
  case noSuchTensor(String, suggestions: [String])
  /// There is no help on that topic.
  case unknownTopic(String, suggestions: [String])
  /// A command that was to judge a commit ended by a signal, was not found, or gave a code above 125.
  case commandStopped(program: String, ending: ExternalCommand.Ending, commit: CommitID)
  /// A hook of the user's said no, by its exit code or the signal that ended it.
  case hookRefused(name: String, status: Int32, commit: CommitID?)
  /// A hook is there and cannot be run.
  case hookNotExecutable(path: String)
  /// An end of the history to search is not as it has to be.
  case nothingToFind(commit: CommitID, expected: String, isGood: Bool)
  /// What should say where a store is does not.
  case badLocation(String, reason: String)
  /// A store waits for the rest of what it is to be a copy of.
  case unfinishedClone(path: String, of: String)
  /// The line to another program cannot be read or written, for another reason than its end.
  case lineFailed(errno: Int32)
  /// Two sides of a merge are at odds, and nobody has said which is to win.
  case conflicts(facts: Int, overlaps: Int)
  /// The report is printed, and the code is to tell its answer without another word.
  case answerIsNo
  /// A check of the store was interrupted: whether another can go on with it, and whether it was to mend.
  case checkInterrupted(goesOn: Bool, mends: Bool)
  /// A check ran and found this: the report is printed already.
  case checkFailed(String, hint: String)
}

extension CommandError: FailureConvertible {
  var failure: Failure {
    switch self {
    case .noStoreFound(let directory):
      Failure(
        .store, "no store in \(Wording.quoted(directory)) or above it",
        hint: "make one with 'rledit init', or name one with --store or RLEDIT_STORE")
    case .foreignStore(let path):
      Failure(
        .store, "the store \(Wording.quoted(path)) belongs to another user",
        hint: "name it with --store if you trust its owner, whose hooks would run")
    case .unknownInstructionSet(let name):
      Failure(
        .usage, "RLEDIT_ISA names no instruction set: \(Wording.quoted(name))",
        hint: "use scalar, avx2, avx512 or neon, or leave it unset")
    case .otherTraining(let path):
      Failure(
        .usage,
        "an unfinished training of that name with other settings waits in "
          + Wording.quoted(path),
        hint: "give the command that it was begun with, another --name, or --restart")
    case .damagedCheckpoint(let path):
      Failure(
        .damaged, "the checkpoint \(Wording.quoted(path)) is damaged",
        hint: "begin anew with --restart; the outcome is the same")
    case .badDirectory(let path, let errno):
      Failure(
        .inputOutput, "cannot enter \(Wording.quoted(path)): \(Wording.system(errno))",
        hint: "check the directory given with -C")
    case .cannotMakeDirectory(let path, let errno):
      errno == ENOSPC || errno == EDQUOT
        ? Wording.diskFull(path: path)
        : Failure(
          .inputOutput,
          "cannot make the directory \(Wording.quoted(path)): \(Wording.system(errno))",
          hint: "check the path and its permissions")
    case .outputFailed(let errno):
      // The verb is done by then, so that running it again may be a mistake.
      Failure(
        errno == ENOSPC || errno == EDQUOT ? .diskFull : .inputOutput,
        "cannot write to standard output: \(Wording.system(errno))",
        hint: "what the command did stays done; 'rledit op log' shows it")
    case .brokenPipe:
      Failure(.brokenPipe, "")
    case .usage(let sentence, let hint):
      Failure(.usage, sentence, hint: hint)
    case .rangeNotAllowed(let text):
      Failure(
        .usage, "\(Wording.quoted(text)) is a range, and one commit is wanted",
        hint: "name a single revision, such as HEAD or main~2")
    case .notABranch(let name, let commit):
      Failure(
        .name, "\(Wording.quoted(name)) is commit \(commit.short) and no branch",
        hint: "go there without a branch by --detach, or make one by -c NEW \(name)")
    case .noName(let text, let hint):
      Failure(
        .name,
        "\(Wording.quoted(text)) stands for commits, and only names travel: branches and tags",
        hint: hint)
    case .nothingThere(let location):
      Failure(
        .name, "there is nothing at \(Wording.quoted(location)): no branch or tag",
        hint:
          "check the location; a store without commits, or a folder that nobody pushed to, looks so"
      )
    case .severalRemotes(let name, let branches):
      Failure(
        .name, "no branch is called \(Wording.quoted(name)), and several other stores have one",
        hint: "say which, as in 'rledit switch -c \(name) \(branches.first ?? name)': "
          + branches.prefix(4).joined(separator: ", "))
    case .noSuchNote(let commit, let id):
      Failure(
        .name, "commit \(commit.short) has no note\(id.map { " \(Wording.quoted($0))" } ?? "")",
        hint: "'rledit note list' lists the notes there are")
    case .severalNotes(let commit, let ids):
      Failure(
        .name, "commit \(commit.short) has \(Quantity.count(ids.count, "note")) to choose from",
        hint: "say which by --id, or all of them by --all: "
          + ids.prefix(4).map(\.short).joined(separator: ", "))
    case .nothingToRegenerate:
      Failure(
        .name, "no commit here records how its deltas were made",
        hint: "only commits of 'rledit edit' carry a recipe; use --verify for the others")
    case .recordTooLong(let prompt, let tokens, let limit):
      Failure(
        .doesNotFit,
        "the record \(Wording.shortened(prompt)) has a text of \(tokens) tokens, and the model reads "
          + "\(limit)",
        hint: "shorten it, or take the record out")
    case .noHypernetwork(let method):
      Failure(
        .usage, "\(method) has no hypernetwork to train",
        hint: EditorCatalogue.methods.filter { $0.hypernetwork != .none }.map(\.name)
          .joined(separator: ", ") + " have one")
    case .trainingDiverged:
      Failure(
        .doesNotFit, "the training diverged: its numbers are not finite any more",
        hint: "give a smaller --learning-rate or --clip, and --restart")
    case .notEnoughText(let path):
      Failure(
        .malformedInput, "\(Wording.quoted(path)) is too short to measure perplexity on",
        hint: "give a text of at least two tokens")
    case .notText(let path):
      Failure(
        .malformedInput, "\(Wording.quoted(path)) is not UTF-8 text",
        hint: "give a plain text file")
    case .noActiveEdits:
      Failure(
        .usage, "no edit is active at this revision",
        hint: "name a file of edit records to measure")
    case .noRecordsLeft:
      Failure(
        .usage, "none of the edit records is among those asked for",
        hint: "'rledit show' and the file tell what they hold; --where looks letter for letter")
    case .allReplaced:
      Failure(
        .usage,
        "none of the edit records is among those asked for, or later ones of the same facts have "
          + "taken their place",
        hint: "measure at a revision before those, by --at, or the records of a file")
    case .noSuchTensor(let name, let suggestions):
      Failure(
        .name, "no model of this history has a tensor called \(Wording.quoted(name))",
        hint: Wording.didYouMean(suggestions, else: "'rledit stat --tensors' lists them"))
    case .unknownTopic(let topic, let suggestions):
      Failure(
        .usage, "no help on \(Wording.quoted(topic))",
        hint: Wording.didYouMean(suggestions, else: "'rledit --help' lists the verbs"))
    case .commandStopped(let program, let ending, let commit):
      Failure(
        .checkFailed,
        "\(Wording.quoted(program)) \(ending.wording) at \(commit.short); the search stops there",
        hint: "0 says good, 125 cannot be told, 1 to 124 bad; run it again to go on")
    case .hookRefused(let name, let status, let commit):
      Failure(
        .checkFailed,
        "the hook \(name) refused \(commit.map { "commit \($0.short)" } ?? "the push") with \(status)",
        hint: commit.map {
          "no branch has moved; look at it with 'rledit show \($0.short)', commits before it stay"
        } ?? "nothing was pushed")
    case .hookNotExecutable(let path):
      Failure(
        .usage, "the hook \(Wording.quoted(path)) cannot be run",
        // That the file may be run does not make a program of it.
        hint: access(path, X_OK) == 0
          ? "the program that its first line names after '#!' is not there, or there is no such line"
          : "make it executable with 'chmod +x', or take it away")
    case .nothingToFind(let commit, let expected, let isGood):
      Failure(
        .checkFailed,
        "commit \(commit.short) should be \(expected) and is \(isGood ? "good" : "bad")",
        hint: "name a good commit and a bad one that came from it: 'rledit bisect find GOOD BAD …'")
    case .badLocation(let text, let reason):
      Failure(
        .usage, "\(Wording.quoted(text)) is not where a store can be: \(reason)",
        hint: "locations are paths, HOST:PATH, ssh://[USER@]HOST[:PORT]/PATH or rclone:REMOTE:PATH")
    case .unfinishedClone(let path, let location):
      Failure(
        .store,
        "an unfinished clone of \(Wording.quoted(location)) is at \(Wording.quoted(path))",
        hint: "clone from there again to go on, or remove it")
    case .lineFailed(let errno):
      Failure(
        .inputOutput, "the line to another program failed: \(Wording.system(errno))",
        hint: "run the command again: what arrived is not sent again")
    case .conflicts(let facts, let overlaps):
      Failure(
        .conflict,
        "the two sides are at odds about \(Quantity.count(facts, "fact")) and in "
          + "\(Quantity.count(overlaps, "overlap")) of keys; nothing was written",
        hint:
          "--prefer ours, theirs or both says what stays; --overlap-limit 1 looks at facts alone")
    case .answerIsNo:
      Failure(.checkFailed, "")
    case .checkInterrupted(let goesOn, let mends):
      Failure(
        .interrupted,
        mends
          ? "interrupted; what has been put back stays, and nothing else was changed"
          : "interrupted; nothing was changed, and nothing is said of what was not reached",
        hint: goesOn
          ? "'rledit fsck --resume\(mends ? " --mend-from …" : "")' goes on from what is noted of it"
          : "run the command again; it begins at the beginning")
    case .checkFailed(let sentence, let hint):
      Failure(.checkFailed, sentence, hint: hint)
    }
  }
}

/// How the program ended, for scripts: the one table of exit codes.
enum ExitStatus: Int32, CaseIterable, Sendable {
  case done = 0
  case checkFailed = 1
  case usage = 2
  case brokenPipe = 3
  case store = 10
  case busy = 11
  case name = 12
  case malformedInput = 13
  case doesNotFit = 14
  case damaged = 15
  case diskFull = 16
  case inputOutput = 17
  case conflict = 18
  case interrupted = 130
  case `internal` = 255

  /// One line on when it comes up.
  var meaning: String {
    switch self {
    case .done: "done"
    case .checkFailed:
      "a check ran and the answer is no: verify, replay or fsck found faults; "
        + "verify --signatures found one that is not trusted; diff --exit-code; "
        + "eval --require; bisect found no commit; a hook refused"
    case .usage: "the command line cannot be understood"
    case .brokenPipe: "nobody reads the output any more"
    case .store:
      "no store here, something else than a store, a store already, a newer format, or another user's"
    case .busy: "another process was faster or holds the store; trying again may help"
    case .name: "a revision, branch, tag or operation that is unknown, ambiguous, taken or unusable"
    case .malformedInput: "an input file (model, facts, delta, bundle, key) is malformed"
    case .doesNotFit: "the input does not fit the model: shape, number range, name or architecture"
    case .damaged: "the store is damaged, or a linked model file was changed"
    case .diskFull: "the disk is full"
    case .inputOutput: "another input or output error, or another store that cannot be reached"
    case .conflict: "a merge found conflicts and was told no side to prefer; nothing was written"
    case .interrupted: "interrupted by SIGINT or SIGTERM; finished commits stay"
    case .internal: "a fault of this program"
    }
  }
}

import ArgumentParser
import Ledger
import ObjectModel

/// `rledit bisect run`
struct BisectRunCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Let a command say of each commit whether it is good.",
    discussion: """
      The command runs with HEAD at the commit, and RLEDIT_STORE naming the store. Its exit code says, as \
      in git: 0 good, 125 cannot be told, 1 to 124 bad. Any other, and so a command that is not there or \
      cannot be run (127, 126), stops the search where it is. 'run' itself ends with 0 where the commit is \
      found, and with 1 where it is not: because the command stopped, or since all commits left cannot be told.
      """)

  @Argument(
    parsing: .captureForPassthrough,
    help: .init("The command and its arguments.", valueName: "command"))
  var command: [String]

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func run() throws {
    guard let program = command.first else {
      throw CommandError.usage("no command to run", hint: "'rledit bisect run ./test.sh'")
    }
    let repository = try Repository.open(global)
    var step = try repository.ledger.view().step(of: repository.ledger.view().bisection())
    while case .look(let commit, let candidates, _) = step {
      try Task.checkCancellation()
      // HEAD may have been moved since the search stopped.
      if try repository.ledger.view().head() != .detached(commit) {
        try repository.ledger.switchToCommit(commit, repository.context())
      }
      let verdict = try judged(by: program, at: commit, store: repository.path)
      global.terminal.note("\(commit.short) is \(verdict.rawValue), of \(candidates)")
      step = try repository.ledger.judge(commit, verdict, repository.context())
    }
    try global.terminal.show(BisectReport(step, in: repository.ledger.view()), as: global)
    // Whoever goes by the code must not take any of them for the culprit.
    if case .unclear = step { throw CommandError.answerIsNo }
  }

  private func judged(
    by program: String, at commit: CommitID, store: String
  ) throws -> BisectVerdict {
    let ending = try ExternalCommand.run(
      "/usr/bin/env", command, variables: ["RLEDIT_STORE": store])
    let status = ending.status
    guard ending.isExit, status < 126 else {
      throw CommandError.commandStopped(program: program, ending: ending, commit: commit)
    }
    return status == 0 ? .good : status == 125 ? .skip : .bad
  }
}

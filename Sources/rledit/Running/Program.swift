import ArgumentParser
import Glibc
import ObjectStore

/// The course of the program: parse, run, tell what went wrong, end with the right code.
enum Program {
  /// Runs the command line and gives the code to exit with.
  static func run(_ arguments: [String]) async -> ExitStatus {
    // A reader that goes away shows as EPIPE, which ends the program in order.
    signal(SIGPIPE, SIG_IGN)
    PageDamage.beforeEnding { assertion in
      let failure = Failure(ObjectStoreError.databaseFailure(code: 0, message: assertion))
      StandardError.write("rledit: \(failure.sentence)\nhint: \(Wording.brokenPagesHint)\n")
      _exit(ExitStatus.damaged.rawValue)
    }
    let work = Task.detached { try perform(arguments) }
    let interruption = Interruption { work.cancel() }
    defer { interruption.stop() }
    do {
      try await work.value
      return .done
    } catch {
      return tell(error)
    }
  }

  private static func perform(_ arguments: [String]) throws {
    let parsed: any ParsableCommand
    do {
      parsed = try Rledit.parseAsRoot(CountShorthand.expanded(arguments))
    } catch {
      return try UsageFailure.handle(error, arguments: arguments)
    }
    do {
      var command = parsed
      if let verb = command as? any Verb { try verb.global.enterDirectory() }
      if let verb = command as? any SigningVerb { try verb.requireSigningKey() }
      try command.run()
    } catch  where UsageFailure.isParserError(error) {
      try UsageFailure.handle(error, arguments: arguments)
    }
    try StandardOutput.shared.flush()
  }

  private static func tell(_ error: any Error) -> ExitStatus {
    let failure = Failure(error)
    // What was found before the error is part of the result.
    try? StandardOutput.shared.flush()
    if failure.sentence.isEmpty { return failure.status }
    let terminal = Terminal()
    let start = StandardError.isTerminal ? terminal.styled("rledit:", .red) : "rledit:"
    StandardError.write("\(start) \(failure.sentence)\n")
    if let hint = failure.hint { StandardError.write("hint: \(hint)\n") }
    return failure.status
  }
}

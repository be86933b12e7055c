import Foundation

/// A program that this one runs and waits for. What it prints goes to standard error, since it is no part
/// of a report, and it has nothing to read: what comes in is this program's.
enum ExternalCommand {
  /// How a program ended.
  struct Ending: Equatable {
    /// Its exit code, or the signal that ended it.
    let status: Int32
    let isExit: Bool

    var wording: String { isExit ? "ended with \(status)" : "was ended by signal \(status)" }
  }

  /// - Parameter variables: of the environment, over those of this process.
  /// - Throws: the system's error where it cannot be started; `CancellationError` where this program was
  ///   interrupted meanwhile, after the other was told to end.
  static func run(
    _ program: String, _ arguments: [String] = [], variables: [String: String]
  ) throws -> Ending {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(variables) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.standardError
    try process.run()
    // It is in a process group of its own, so that the terminal's interruptions do not reach it.
    while process.isRunning {
      if Task.isCancelled { process.terminate() }
      usleep(5000)
    }
    process.waitUntilExit()
    try Task.checkCancellation()
    return Ending(
      status: process.terminationStatus, isExit: process.terminationReason == .exit)
  }
}

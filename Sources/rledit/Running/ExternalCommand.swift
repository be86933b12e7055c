import Foundation

/// A program that this one runs and waits for. What it prints goes to standard error, since it is no part
/// of a report.
enum ExternalCommand {
  /// How a program ended.
  struct Ending {
    /// Its exit code, or the signal that ended it.
    let status: Int32
    let isExit: Bool
  }

  /// - Parameter variables: of the environment, over those of this process.
  /// - Throws: the system's error where it cannot be started.
  static func run(
    _ program: String, _ arguments: [String] = [], variables: [String: String]
  ) throws -> Ending {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(variables) { $1 }
    process.standardOutput = FileHandle.standardError
    try process.run()
    process.waitUntilExit()
    return Ending(
      status: process.terminationStatus, isExit: process.terminationReason == .exit)
  }
}

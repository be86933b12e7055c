import Foundation
import Glibc

/// What a run of `rledit` gave.
struct CommandResult {
  let status: Int32
  /// The signal that ended it, if one did.
  let signal: Int32?
  let output: String
  let errors: String

  /// The JSON object on standard output.
  func json() throws -> [String: Any] {
    let value = try JSONSerialization.jsonObject(with: Data(output.utf8))
    guard let object = value as? [String: Any] else { throw NotAnObject(text: output) }
    return object
  }

  struct NotAnObject: Error {
    let text: String
  }
}

/// Runs the built executable as a user would, in a directory of its own.
struct CommandRunner {
  /// The directory that commands are run in.
  var directory: String
  /// Variables besides `PATH`; those of the tests' own environment are not passed on.
  var environment: [String: String] = ["RLEDIT_AUTHOR": "Ada <ada@example.org>", "TZ": "UTC"]

  /// The executable lies beside the test bundle, which on Linux is the program that runs.
  static let executable: String = URL(
    fileURLWithPath: (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
      ?? CommandLine.arguments[0]
  ).deletingLastPathComponent().appendingPathComponent("rledit").path

  /// Runs `rledit` to its end.
  func callAsFunction(_ arguments: String...) throws -> CommandResult {
    try run(arguments)
  }

  func run(_ arguments: [String]) throws -> CommandResult {
    try start(arguments).wait()
  }

  /// Runs a shell script in which `rledit` is the executable.
  func shell(_ script: String) throws -> CommandResult {
    try RunningCommand(
      path: "/bin/bash", arguments: ["-c", script], directory: directory,
      environment: fullEnvironment
    ).wait()
  }

  /// Starts `rledit` and goes on. What is given a handle does not come back in the result.
  func start(
    _ arguments: [String], standardOutput: FileHandle? = nil, standardError: FileHandle? = nil
  ) throws -> RunningCommand {
    try RunningCommand(
      path: Self.executable, arguments: arguments, directory: directory,
      environment: fullEnvironment, standardOutput: standardOutput, standardError: standardError)
  }

  private var fullEnvironment: [String: String] {
    var environment = environment
    let folder = URL(fileURLWithPath: Self.executable).deletingLastPathComponent().path
    environment["PATH"] = "\(folder):/usr/bin:/bin"
    return environment
  }
}

/// A program under way. Its output goes to files, so that no full pipe can hold it up.
final class RunningCommand {
  private let process = Process()
  private let folder: URL

  init(
    path: String, arguments: [String], directory: String, environment: [String: String],
    standardOutput: FileHandle? = nil, standardError: FileHandle? = nil
  ) throws {
    folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("rledit-run-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: directory)
    process.environment = environment
    process.standardInput = FileHandle.nullDevice
    let (out, err) = (
      try Self.file(folder.appendingPathComponent("out")),
      try Self.file(folder.appendingPathComponent("err"))
    )
    process.standardOutput = standardOutput ?? out
    process.standardError = standardError ?? err
    try process.run()
  }

  deinit {
    try? FileManager.default.removeItem(at: folder)
  }

  var isRunning: Bool { process.isRunning }

  func send(_ signal: Int32) {
    kill(process.processIdentifier, signal)
  }

  /// Whether a signal has stopped it, and it waits to be continued.
  var isStopped: Bool {
    let status = try? String(
      contentsOfFile: "/proc/\(process.processIdentifier)/stat", encoding: .utf8)
    // The state follows the program's name, which is in parentheses.
    return status?.split(separator: ")").last?.hasPrefix(" T ") ?? false
  }

  func wait() throws -> CommandResult {
    process.waitUntilExit()
    let wasSignalled = process.terminationReason == .uncaughtSignal
    return CommandResult(
      status: wasSignalled ? -1 : process.terminationStatus,
      signal: wasSignalled ? process.terminationStatus : nil,
      output: try String(contentsOf: folder.appendingPathComponent("out"), encoding: .utf8),
      errors: try String(contentsOf: folder.appendingPathComponent("err"), encoding: .utf8))
  }

  private static func file(_ url: URL) throws -> FileHandle {
    try Data().write(to: url)
    return try FileHandle(forWritingTo: url)
  }
}

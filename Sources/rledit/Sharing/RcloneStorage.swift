import Foundation
import Ledger
import ObjectStore
import SystemPackage

/// A folder of any remote of rclone's, which does all the work.
struct RcloneStorage: ObjectStorage {
  /// Codes of rclone's for a folder, and a file, that is not there.
  private static let notThere: Set<Int32> = [3, 4]
  /// The longest listing that is read: a million names.
  private static let listingBytes = 256 << 20
  private static let errorBytes = 1 << 16

  /// `REMOTE:PATH`.
  let root: String

  func list(_ folder: String) throws -> [String] {
    let (ending, output) = try run(["lsf", "--files-only", "--", path(folder)])
    if case .exit(let code) = ending, Self.notThere.contains(code) { return [] }
    return output.split(separator: "\n").map(String.init)
  }

  func get(_ names: [String], from folder: String, to directory: String) throws {
    // Names are read from a file: there may be more than a command line takes.
    let list = "\(directory)/.names-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: list) }
    do {
      try Data(names.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: list))
    } catch {
      throw DepotError.noRoom(path: directory)
    }
    try run([
      "copy", "--no-traverse", "--ignore-times", "--files-from-raw", list, "--", path(folder),
      directory,
    ])
  }

  /// Uploads under another name first: not every remote shows a file only when it is whole.
  func put(_ file: String, as name: String, in folder: String) throws {
    let coming = path("incoming/" + UUID().uuidString)
    try require(run(["copyto", "--ignore-times", "--", file, coming]))
    try require(run(["moveto", "--ignore-times", "--", coming, path("\(folder)/\(name)")]))
  }

  func remove(_ name: String, from folder: String) throws {
    // It may be gone already, which is told by several codes.
    try run(
      ["deletefile", "--retries", "1", "--", path("\(folder)/\(name)")], allowing: [1, 3, 4])
  }

  private func path(_ name: String) -> String {
    root.hasSuffix("/") || root.hasSuffix(":") ? root + name : root + "/" + name
  }

  private func require(_ result: (ending: ConversationProgram.Ending, output: String)) throws {
    guard result.ending == .exit(0) else {
      throw RemoteFailure(
        location: RemoteLocation.rclone(root).text,
        reason: .rclone(message: "a file that it has just written is gone"))
    }
  }

  /// Runs rclone to its end.
  ///
  /// - Parameter allowed: codes of failures that are none here.
  /// - Throws: ``RemoteFailure``, `CancellationError`.
  @discardableResult
  private func run(
    _ arguments: [String], allowing allowed: Set<Int32> = notThere
  ) throws -> (ending: ConversationProgram.Ending, output: String) {
    let location = RemoteLocation.rclone(root).text
    let words = ReplaceableCommand.rclone.words(
      ["--ask-password=false", "--log-level", "ERROR"] + arguments)
    let errors = FileManager.default.temporaryDirectory
      .appendingPathComponent("rledit-rclone-\(UUID().uuidString)").path
    do {
      let file = try FileDescriptor.open(
        FilePath(errors), .readWrite, options: [.create, .exclusiveCreate, .closeOnExec],
        permissions: .ownerReadWrite)
      unlink(errors)
      return try file.closeAfter {
        let program = try ConversationProgram(words, errors: file)
        let output = try program.channel.read(Self.listingBytes)
        let ending = program.end()
        if ending == .signal(SIGINT) { throw CancellationError() }
        try Task.checkCancellation()
        if ending == .exit(127), ReplaceableCommand.rclone.isMissing {
          throw RemoteFailure(location: location, reason: .notStarted(.rclone, errno: ENOENT))
        }
        if ending != .exit(0), !allowed.contains(where: { ending == .exit($0) }) {
          throw RemoteFailure(
            location: location, reason: .rclone(message: try Self.message(in: file)))
        }
        return (ending, String(decoding: output, as: UTF8.self))
      }
    } catch let error as Errno {
      throw RemoteFailure(
        location: location, reason: .notStarted(.rclone, errno: error.rawValue))
    }
  }

  /// The last thing that rclone said, without the time that stands before it.
  private static func message(in file: FileDescriptor) throws -> String {
    var bytes = [UInt8](repeating: 0, count: errorBytes)
    let length = try file.seek(offset: 0, from: .end)
    try file.seek(offset: max(0, length - Int64(errorBytes)), from: .start)
    let count = try bytes.withUnsafeMutableBytes { try file.read(into: $0) }
    let line = String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n").last ?? ""
    return line.drop { "0123456789/: ".contains($0) }.trimmingCharacters(in: .whitespaces)
  }
}

import Foundation
import Glibc
import TestSupport
import Testing

/// fsck --resume.
@Suite(.serialized) struct InterruptedCheckTests {
  /// A store with a model whose check takes some records of its progress.
  private func place() throws -> Workplace {
    let place = try Workplace()
    try place.succeed("init")
    try place.writeLargeModel("large.safetensors", tensors: 14)
    try place.succeed("import", "large.safetensors")
    return place
  }

  /// Runs a check and gives it `signal` when it has recorded how far it has come.
  private func interrupt(
    _ arguments: [String], _ place: Workplace, with signal: Int32
  ) throws -> CommandResult {
    let record = place.path(".rledit/check-progress")
    while true {
      let before = FileManager.default.contents(atPath: record)
      let running = try place.rledit.start(arguments)
      while running.isRunning, FileManager.default.contents(atPath: record) == before {
        usleep(500)
      }
      running.send(signal)
      let result = try running.wait()
      // It may have been done in the meantime.
      if result.signal != nil || result.status == 130 { return result }
    }
  }

  @Test func aKilledCheckGoesOnWhereItWas() throws {
    let place = try place()
    let whole = try #require(try place.json("fsck", "--full")["bytesHashed"] as? Int)
    let killed = try interrupt(["fsck", "--full"], place, with: SIGKILL)
    #expect(killed.signal == SIGKILL)
    // Whoever does not ask for it is told, and gets a check from the beginning.
    let told = try interrupt(["fsck", "--full"], place, with: SIGINT)
    #expect(told.status == 130 && told.errors.contains("--resume"), "\(told.errors)")
    #expect(told.errors.contains("rledit: interrupted; nothing was changed"), "\(told.errors)")
    #expect(told.errors.contains("hint: 'rledit fsck --resume' goes on"), "\(told.errors)")
    #expect(!told.errors.contains("whole") && !told.errors.contains("commits"))
    let rest = try place.json("fsck", "--resume")
    let earlier = try #require(rest["resumed"] as? [String: Any])
    let (done, left) = (
      try #require(earlier["bytesHashed"] as? Int), try #require(rest["bytesHashed"] as? Int)
    )
    #expect(rest["sound"] as? Bool == true && rest["full"] as? Bool == true)
    // At most the blob that it was at is hashed twice.
    #expect(done > 0 && left < whole && (whole...whole + 16 << 20).contains(done + left))
    #expect(!FileManager.default.fileExists(atPath: place.path(".rledit/check-progress")))
    let anew = try place.rledit("fsck", "--resume")
    #expect(anew.status == 0 && anew.errors.contains("begins at the beginning"))
    #expect(!anew.output.contains("Went on"))
  }

  /// It has the number of the file that was checked, and, with what was done since, as many transactions.
  @Test func aBackupThatWasPutInTheFilesPlaceIsAnotherOne() throws {
    let place = try place()
    let file = place.path(".rledit/data.mdb")
    let backup = try Data(contentsOf: URL(fileURLWithPath: file))
    let interrupted = try interrupt(["fsck", "--full"], place, with: SIGKILL)
    #expect(interrupted.signal == SIGKILL)
    let handle = try #require(FileHandle(forWritingAtPath: file))
    try handle.write(contentsOf: backup)
    try handle.truncate(atOffset: UInt64(backup.count))
    try handle.close()
    for number in 0..<5 { try place.succeed("branch", "b\(number)") }
    let result = try place.rledit("fsck", "--resume")
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors.contains("another one since then"), "\(result.errors)")
  }

  @Test func faultsOfTheFirstPartAreToldByTheLast() throws {
    let place = try place()
    // Each tensor's bytes begin with its number.
    let start = withUnsafeBytes(of: Float(9).bitPattern.littleEndian) { Array($0) }
    let pattern = [0, 0, 0, 0] + start + start + start + start
    try replaceBytes(pattern, by: [1] + pattern.dropFirst(), in: place.path(".rledit/data.mdb"))
    let interrupted = try interrupt(["fsck", "--full"], place, with: SIGKILL)
    let found = try place.rledit("fsck", "--resume")
    #expect(interrupted.signal == SIGKILL)
    #expect(found.output.contains("Went on with the check"))
    let whole = try place.rledit("fsck", "--full")
    func faults(_ result: CommandResult) -> [Substring] {
      result.output.split(separator: "\n").filter { $0.hasPrefix("fault: ") }
    }
    #expect(faults(found) == faults(whole) && !faults(whole).isEmpty)
    #expect(found.status == 1)
    // The file that a compaction has written is another one.
    #expect(try place.rledit("compact").status == 0)
    let other = try place.rledit("fsck", "--resume")
    #expect(other.errors.contains("another one since then"), "\(other.errors)")
  }
}

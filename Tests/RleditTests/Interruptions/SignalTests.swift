import Foundation
import Glibc
import TestSupport
import Testing

/// Programs that are told to stop, and programs that are killed.
@Suite(.serialized) struct SignalTests {
  /// Starts an import that takes several transactions and gives it `signal` after the first of them.
  private func interruptImport(_ place: Workplace, with signal: Int32) throws -> CommandResult {
    try place.succeed("init")
    try place.writeLargeModel("large.safetensors", tensors: 14)
    let running = try place.rledit.start(["import", "large.safetensors"])
    let url = URL(fileURLWithPath: place.path(".rledit/data.mdb"))
    while running.isRunning {
      let size = try FileManager.default.attributesOfItem(atPath: url.path)[.size] as? Int ?? 0
      // A transaction is 64 MiB, and its pages are written before it counts.
      if size > 80 << 20 { break }
      usleep(1000)
    }
    running.send(signal)
    return try running.wait()
  }

  @Test(arguments: [SIGINT, SIGTERM])
  func aSignalEndsAnImportInOrder(_ signal: Int32) throws {
    let place = try Workplace()
    let result = try interruptImport(place, with: signal)
    #expect(result.status == 130, "\(result.errors)")
    #expect(result.errors.hasPrefix("rledit: interrupted; "))
    #expect(result.errors.contains("\nhint: "))
    try place.expectWhole()
    #expect(try place.json("status")["commit"] == nil)
    try place.succeed("import", "large.safetensors")
    try place.succeed("verify")
  }

  @Test func aKilledImportLeavesAWholeStoreThatGoesOn() throws {
    let place = try Workplace()
    let result = try interruptImport(place, with: SIGKILL)
    #expect(result.signal == SIGKILL)
    try place.expectWhole()
    #expect(try place.json("fsck")["unreachableChunks"] as? Int ?? 0 > 0)
    try place.succeed("import", "large.safetensors")
    #expect(try place.json("fsck")["unreachableChunks"] as? Int == 0)
  }
}

import Foundation
import Glibc
import ModelFiles
import TestSupport
import Testing

/// A mending that is killed at pages that it writes and at other calls that change files.
@Suite struct MendingKillTests {
  /// A copy of a store in which a chunk of the model and the current commit are damaged.
  private func damagedCopy(of origin: Workplace) throws -> Workplace {
    let copy = try Workplace()
    try copy.succeed("clone", origin.path(".rledit"))
    let file = try SafetensorsFile(path: Golden.path("archs/llama/model.safetensors"))
    let bytes = Array(try file.bytes(named: Workplace.matrix).prefix(64))
    let path = copy.path(".rledit/data.mdb")
    try replaceBytes(bytes, by: [bytes[0] ^ 1] + bytes.dropFirst(), in: path)
    try replaceBytes(Array("\"delta 1\"".utf8), by: Array("\"delta 9\"".utf8), in: path)
    return copy
  }

  private func run(_ place: Workplace, _ arguments: [String], _ faults: Faults) throws
    -> CommandResult
  {
    var rledit = place.rledit
    rledit.environment.merge(faults.environment(in: place.directory.path)) { $1 }
    return try rledit.run(arguments)
  }

  private func faults(_ place: Workplace) throws -> Set<String> {
    let found = try place.rledit("fsck", "--full", "--json").json()["faults"] as? [[String: Any]]
    return Set(try #require(found).compactMap { $0["fault"] as? String })
  }

  @Test func aMendingKilledAtAnyStepMakesNothingWorseAndIsDoneByTheNext() throws {
    let origin = try Workplace.withHistory(deltas: 2)
    let damaged = try damagedCopy(of: origin)
    let before = try faults(damaged)
    #expect(before.count == 2)
    let (head, digests) = (try origin.id(), try origin.digests())
    let arguments = ["fsck", "--mend-from", origin.directory.path]
    func copy() throws -> Workplace {
      let place = try Workplace()
      try FileManager.default.copyItem(
        atPath: damaged.path(".rledit"), toPath: place.path(".rledit"))
      return place
    }
    let trial = try copy()
    let log = trial.path("calls")
    #expect(try run(trial, arguments, Faults(log: log)).status == 0)
    let steps = try #require(CallRecord.read(log).last).lastStep
    #expect(steps > 40)
    for step in stride(from: 1, through: steps, by: max(1, steps / 20 / Faults.thoroughness)) {
      let place = try copy()
      let result = try run(place, arguments, Faults(step: step))
      #expect(result.signal == SIGKILL, "step \(step)")
      #expect(try faults(place).isSubset(of: before), "step \(step)")
      let again = try place.rledit.run(arguments)
      #expect(again.status == 0, "step \(step): \(again.output)\(again.errors)")
      try place.expectWhole()
      #expect(try place.id() == head && place.digests() == digests)
      #expect(!FileManager.default.fileExists(atPath: place.path(".rledit/mending")))
    }
  }
}

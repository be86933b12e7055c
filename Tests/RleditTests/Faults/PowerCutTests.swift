import Foundation
import TestSupport
import Testing

/// The power goes after every prefix of what the executable did to its files: what was not synchronised is
/// there, is not, or is there in part and in another order.
@Suite struct PowerCutTests {
  @Test(arguments: FaultScenario.allCases)
  func aPowerCutAtAnyMomentLosesNothing(_ scenario: FaultScenario) throws {
    let stage = try FaultStage.of(scenario)
    var random = SeededGenerator(seed: 1)
    var disk = DiskModel(files: try stage.files())
    // What the command did is there as soon as the root page that leads to it is on the disk.
    let commit = stage.calls.last(where: \.isDurable)?.call ?? .max
    var cuts = 0
    for call in stage.calls {
      disk.apply(call)
      // Reading and locking leave nothing; a file on its way is of no interest but at its ends.
      let isOnItsWay = call.kind == .write && !call.path.contains("data.mdb")
      guard ![.map, .lock].contains(call.kind), !isOnItsWay || call.call.isMultiple(of: 25) else {
        continue
      }
      for loss in DiskModel.Loss.allCases {
        let isRandom = loss == .writes || loss == .sectors
        for _ in 0..<(isRandom ? 2 * Faults.thoroughness : 1) {
          cuts += 1
          let point = "\(scenario), \(call.kind) \(call.call), losing \(loss.rawValue), cut \(cuts)"
          let left = disk.afterPowerCut(losing: loss, using: &random)
          let copy = try stage.empty()
          try write(left, of: stage, to: copy.place)
          try copy.expectWhole(scenario, point)
          let history = try copy.content(scenario).history
          let expected = scenario.makesHistory && call.call >= commit ? stage.after : stage.before
          #expect(history == expected.history, "\(point)")
          if cuts.isMultiple(of: 7), history == stage.before.history {
            #expect(try copy.run(scenario.arguments).status == 0, "\(point)")
            #expect(try copy.content(scenario) == stage.after, "\(point)")
          }
        }
      }
    }
    #expect(cuts >= 20)
  }

  private func write(
    _ files: [String: [UInt8]], of stage: FaultStage, to place: Workplace
  ) throws {
    for (path, bytes) in files {
      let target = place.directory.path + path.dropFirst(stage.folder.count)
      try FileManager.default.createDirectory(
        atPath: URL(fileURLWithPath: target).deletingLastPathComponent().path,
        withIntermediateDirectories: true)
      try Data(bytes).write(to: URL(fileURLWithPath: target))
    }
  }
}

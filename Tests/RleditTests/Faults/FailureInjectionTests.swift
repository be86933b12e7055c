import Foundation
import Glibc
import ModelFiles
import Tensors
import TestSupport
import Testing

/// Every call by which the executable changes, locks or maps a file fails once, or from then on.
@Suite struct FailureInjectionTests {
  private struct Failure {
    let error: Int32
    var isLasting = false
  }

  private static func failures(of call: CallRecord) -> [Failure] {
    let errors: [Int32] =
      switch call.kind {
      case .write, .synchronize: [ENOSPC, EIO]
      case .map: [ENOMEM]
      case .open: [EMFILE, ENOSPC]
      case .rename: [EIO, ENOSPC]
      case .truncate, .remove: [EIO]
      case .lock: [ENOLCK]
      }
    var failures = errors.map { Failure(error: $0) }
    if [.write, .synchronize, .map].contains(call.kind) {
      failures += errors.map { Failure(error: $0, isLasting: true) }
    }
    // A write that is cut short.
    if call.kind == .write { failures.append(Failure(error: 0)) }
    return failures
  }

  @Test(arguments: FaultScenario.allCases)
  func aFailureOfAnyCallLosesNothing(_ scenario: FaultScenario) throws {
    let stage = try FaultStage.of(scenario)
    // A file that is only on its way, piece by piece, is written by many calls that are all alike.
    let calls = stage.calls.filter {
      $0.kind != .write || $0.path.hasSuffix(".mdb")
        || $0.call.isMultiple(of: max(1, 10 / Faults.thoroughness))
    }
    for call in calls {
      for failure in Self.failures(of: call) {
        let point =
          "\(scenario), \(call.kind) \(call.call), error \(failure.error) \(failure.isLasting)"
        let copy = try stage.copy()
        let result = try copy.run(
          scenario.arguments,
          Faults(call: call.call, error: failure.error, isLasting: failure.isLasting))
        try copy.expectWhole(scenario, point)
        let content = try copy.content(scenario)
        if result.status == 0 {
          #expect(content.history == stage.after.history, "\(point)")
        } else {
          #expect([11, 16, 17].contains(result.status), "\(point): \(result.errors)")
          #expect(result.errors.contains("hint: "), "\(point): \(result.errors)")
          #expect(content.history == stage.before.history, "\(point)")
        }
        if failure.error == ENOSPC, result.status != 0 {
          #expect(result.status == 16 && result.errors.contains("no space left"), "\(point)")
        }
        if content.history == stage.before.history, call.call.isMultiple(of: 3) {
          #expect(try copy.run(scenario.arguments).status == 0, "\(point)")
          #expect(try copy.content(scenario) == stage.after, "\(point)")
        }
      }
    }
  }

  /// The map begins with 1 MiB and has to grow for a model of 3 MiB; each growth is refused.
  @Test func aMapThatCannotGrowLosesNothing() throws {
    let place = try Workplace()
    try place.succeed("init")
    try writeModel(at: place.path("model.safetensors"))
    let arguments = ["import", "model.safetensors"]
    func run(_ faults: Faults) throws -> CommandResult {
      var rledit = place.rledit
      rledit.environment.merge(faults.environment(in: place.directory.path)) { $1 }
      return try rledit.run(arguments)
    }
    // With only the address space of the first mapping nothing is written; with all of it everything is.
    let log = place.path("calls")
    let whole = try place.copyOfStore()
    #expect(try run(Faults(log: log, mapBytes: 1 << 20)).status == 0)
    let maps = try CallRecord.read(log).filter {
      $0.kind == .map && $0.path.hasSuffix("data.mdb")
    }
    #expect(maps.count >= 3, "the map grew twice")
    for map in maps {
      for isLasting in [false, true] {
        try place.replaceStore(by: whole)
        let result = try run(
          Faults(call: map.call, error: ENOMEM, isLasting: isLasting, mapBytes: 1 << 20))
        #expect([11, 17].contains(result.status), "map \(map.offset): \(result.errors)")
        #expect(result.signal == nil)
        try place.expectWhole()
        #expect(try place.json("status")["commit"] == nil)
      }
    }
    try place.succeed("import", "model.safetensors")
    try place.expectWhole()
  }

  private func writeModel(at path: String) throws {
    let (rows, columns) = (256, 512)
    let writer = try SafetensorsWriter(
      path: path,
      tensors: (0..<6).map {
        .init(
          name: "model.layers.\($0).mlp.gate_proj.weight", elementType: .float32,
          shape: [rows, columns])
      })
    for (number, stored) in writer.layout.enumerated() {
      let numbers = [Float](repeating: Float(number), count: rows * columns)
      try numbers.withUnsafeBytes { try writer.append($0, to: stored.name) }
    }
    try writer.finish()
  }
}

extension Workplace {
  fileprivate func copyOfStore() throws -> String {
    let copy = path("copy-of-store")
    try FileManager.default.copyItem(atPath: path(".rledit"), toPath: copy)
    return copy
  }

  fileprivate func replaceStore(by copy: String) throws {
    try FileManager.default.removeItem(atPath: path(".rledit"))
    try FileManager.default.copyItem(atPath: copy, toPath: path(".rledit"))
  }
}

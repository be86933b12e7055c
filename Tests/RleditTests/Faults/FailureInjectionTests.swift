import Foundation
import Glibc
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
}

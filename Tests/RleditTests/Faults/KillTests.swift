import Foundation
import Glibc
import Testing

/// The executable is killed at every page that it writes and at every other call by which it changes, locks
/// or maps a file, from the first to the last.
@Suite struct KillTests {
  @Test(arguments: FaultScenario.allCases)
  func aKillAtAnyStepLosesNothing(_ scenario: FaultScenario) throws {
    let stage = try FaultStage.of(scenario)
    var isDone = false
    for step in stage.steps {
      let copy = try stage.copy()
      let point = "step \(step)"
      let result = try copy.run(scenario.arguments, Faults(step: step))
      #expect(result.signal == SIGKILL, "\(scenario), \(point)")
      try copy.expectWhole(scenario, point)
      let history = try copy.content(scenario).history
      let wasDone = isDone
      isDone = scenario.makesHistory && history == stage.after.history
      #expect(isDone || history == stage.before.history, "\(scenario), \(point)")
      // What was done at an earlier step cannot be undone at a later one.
      #expect(isDone || !wasDone, "\(scenario), \(point)")
      if !isDone, step.isMultiple(of: 3) || step > stage.steps.upperBound - 3 {
        #expect(try copy.run(scenario.arguments).status == 0, "\(scenario), \(point)")
        #expect(try copy.content(scenario) == stage.after, "\(scenario), \(point)")
      }
    }
  }

  @Test func thereAreFiveHundredPointsAndEveryCommandHasThem() throws {
    let counts = try FaultScenario.allCases.map { try FaultStage.of($0).steps.count }
    #expect(counts.reduce(0, +) >= 500 && (counts.min() ?? 0) >= 15, "\(counts)")
  }
}

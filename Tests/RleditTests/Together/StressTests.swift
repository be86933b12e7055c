import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing

/// Nine processes at a time commit to, read, collect, tag, push and fetch the same two stores, and every
/// third one is killed at a random call.
@Suite struct StressTests {
  private static let rounds = 12 * Faults.thoroughness

  @Test func nothingIsLostAmongManyProcessesOfWhichSomeAreKilled() async throws {
    let place = try Workplace.withHistory(deltas: 1)
    try place.succeed("clone", ".", "other")
    try place.succeed("switch", "-c", "work", "-C", "other")
    var workers: [Worker] = []
    for job in [Job.commit, .commit, .commit, .push, .fetch, .collect, .tag, .read] {
      workers.append(Worker(number: workers.count, directory: ".", job: job))
    }
    workers.append(Worker(number: workers.count, directory: "other", job: .commit))
    let count = workers.count
    let record = Record()
    for worker in workers where worker.job == .commit {
      for round in 0..<Self.rounds {
        try place.writeDelta(
          worker.delta(round), seed: UInt64(1000 * (worker.number + 1) + round))
      }
    }
    // A thread each, since all wait for processes.
    await withCheckedContinuation { continuation in
      for worker in workers {
        let rledit = place.rledit
        Thread.detachNewThread {
          worker.run(rledit, rounds: Self.rounds, record)
          if record.finish() == count { continuation.resume() }
        }
      }
    }
    let outcome = record.value
    #expect(outcome.faults.isEmpty, "\(outcome.faults.prefix(5))")
    #expect(outcome.killed >= workers.count)

    for directory in [".", "other"] {
      let checked = try place.rledit("fsck", "--full", "-C", directory)
      #expect(checked.status == 0, "\(directory): \(checked.output)\(checked.errors)")
      let replayed = try place.rledit("replay", "--verify", "-C", directory)
      #expect(replayed.status == 0, "\(directory): \(replayed.output)\(replayed.errors)")
      // What was reported as done is there, once; what was killed is there once or not at all.
      let log = try place.json("log", "--all", "-C", directory)["commits"] as? [[String: Any]] ?? []
      let messages = log.compactMap { $0["message"] as? String }
      #expect(Set(messages).count == messages.count)
      let missing = outcome.commits.filter { $0.directory == directory }
        .filter { !messages.contains($0.name) }
      #expect(missing.isEmpty, "\(directory) lacks \(missing)")
    }
    let found = try place.json("tag")["names"] as? [[String: Any]] ?? []
    #expect(
      Set(outcome.tags).isSubset(of: found.compactMap { $0["name"] as? String }), "\(outcome.tags)")
    #expect(outcome.commits.count > Self.rounds)
    // Nothing of those that were killed is in the way of those that come after.
    try place.commitDelta(99)
    try place.succeed("gc", "--grace", "0")
    try place.succeed("compact")
    try place.expectWhole()
  }

  enum Job {
    case commit, push, fetch, collect, tag, read
  }

  /// What was reported as done, and what ought not to have happened.
  final class Record: Sendable {
    struct Commit: Sendable {
      let directory: String
      let name: String
    }

    struct State: Sendable {
      var commits: [Commit] = []
      var tags: [String] = []
      var killed = 0
      var faults: [String] = []
      var finished = 0
    }

    private let state = Mutex(State())

    var value: State { state.withLock { $0 } }

    func change(_ body: @Sendable (inout State) -> Void) { state.withLock { body(&$0) } }

    /// Counts a worker that is done.
    func finish() -> Int {
      state.withLock {
        $0.finished += 1
        return $0.finished
      }
    }
  }

  struct Worker: Sendable {
    let number: Int
    let directory: String
    let job: Job

    func delta(_ round: Int) -> String { "delta-\(number)-\(round).safetensors" }

    private func message(_ round: Int) -> String { "\(number)/\(round)" }

    private func arguments(_ round: Int) -> [String] {
      switch job {
      case .commit:
        [
          "commit", "--delta", (directory == "." ? "" : "../") + delta(round), "-m", message(round),
        ]
      case .push: ["push", "./other", "main"]
      case .fetch: ["fetch", "./other"]
      case .collect: ["gc", "--grace", "0", "--operations", "0"]
      case .tag: ["tag", "t\(round)"]
      case .read: [["log", "--all"], ["fsck"], ["show"], ["op", "log"]][round % 4]
      }
    }

    func run(_ rledit: CommandRunner, rounds: Int, _ record: Record) {
      var random = SeededGenerator(seed: UInt64(number))
      for round in 0..<rounds {
        do {
          try run(rledit, round, record, &random)
        } catch {
          let text = "\(error)"
          record.change { $0.faults.append(text) }
        }
      }
    }

    /// Runs one command until it has done its work, was killed or was told that it cannot.
    private func run(
      _ rledit: CommandRunner, _ round: Int, _ record: Record, _ random: inout SeededGenerator
    ) throws {
      let arguments = arguments(round) + ["-C", directory]
      let isKilled = Int.random(in: 0..<3, using: &random) == 0
      var killing = rledit
      if isKilled {
        let step = Int.random(in: 1...30, using: &random)
        killing.environment.merge(
          Faults(step: step).environment(in: rledit.directory)
        ) { $1 }
        // The clock goes on: what is committed at one time by two would be one commit.
        killing.environment["FAULT_TIME"] = nil
      }
      for _ in 0..<200 {
        let result = try (isKilled ? killing : rledit).run(arguments)
        switch (result.status, job) {
        case (0, .commit):
          let commit = Record.Commit(directory: directory, name: message(round))
          return record.change { $0.commits.append(commit) }
        case (0, .tag): return record.change { $0.tags.append("t\(round)") }
        case (0, _): return
        case (-1, _) where result.signal == SIGKILL && isKilled:
          return record.change { $0.killed += 1 }
        // Somebody was faster, or took out what was not named yet.
        case (11, _), (15, .commit), (12, .commit), (15, .fetch): continue
        default:
          return record.change {
            $0.faults.append("\(arguments): \(result.status) \(result.errors)")
          }
        }
      }
      record.change { $0.faults.append("\(arguments): did not come to its turn") }
    }
  }
}

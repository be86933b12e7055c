import Foundation
import Glibc
import TestSupport
import Testing

/// Two clones that push at once, and are killed again and again, through each kind of remote.
@Suite struct PushingAtOnceTests {
  enum Kind: CaseIterable {
    case directory
    case secureShell
    case rclone
  }

  /// A remote with the first commits.
  private struct Hub {
    let place: Workplace
    let location: String

    init(_ kind: Kind) throws {
      place = try Workplace.withHistory(deltas: 1)
      switch kind {
      case .directory: location = place.directory.path
      case .secureShell: location = "host:" + place.directory.path
      case .rclone:
        location = "rclone::local:" + place.path("depot")
        try place.succeed("push", location)
      }
    }

    /// A new clone of it.
    func clone() throws -> Workplace {
      let copy = try Workplace()
      copy.rledit.environment["RLEDIT_SSH"] = try SecureShellTests.standIn(
        copy, home: place.directory.path)
      try copy.succeed("clone", location)
      return copy
    }
  }

  @Test(arguments: Kind.allCases)
  func nothingIsLost(_ kind: Kind) async throws {
    let hub = try Hub(kind)
    let clones = [try hub.clone(), try hub.clone()]
    let rounds = 4
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (number, clone) in clones.enumerated() {
        let (directory, environment) = (clone.directory.path, clone.rledit.environment)
        for round in 0..<rounds {
          try clone.writeDelta("delta\(round)", seed: UInt64(100 * number + round))
        }
        group.addTask {
          var rledit = CommandRunner(directory: directory)
          rledit.environment = environment
          try Self.work(rledit, rounds, SeededGenerator(seed: UInt64(number + 1)), number)
        }
      }
      try await group.waitForAll()
    }
    let last = try hub.clone()
    let log = try last.succeed("log", "-n", "1000")
    for number in 0..<2 {
      for round in 0..<rounds { #expect(log.contains("clone \(number) round \(round)\n")) }
    }
    try last.expectWhole()
    _ = try last.json("replay", "--verify")
    for clone in clones { try clone.expectWhole() }
    if kind != .rclone { try hub.place.expectWhole() }
  }

  /// Commits, and pushes until it is through; most pushes are killed at some moment.
  private static func work(
    _ rledit: CommandRunner, _ rounds: Int, _ generator: SeededGenerator, _ number: Int
  ) throws {
    var generator = generator
    for round in 0..<rounds {
      let made = try rledit(
        "commit", "--delta", "delta\(round)", "-m", "clone \(number) round \(round)")
      #expect(made.status == 0, "\(made.errors)")
      for attempt in 0... {
        try #require(attempt < 200, "no push comes through")
        let command = try rledit.start(["push"])
        if attempt < 6, Int.random(in: 0..<3, using: &generator) > 0 {
          usleep(UInt32.random(in: 1_000...200_000, using: &generator))
          command.send(SIGKILL)
        }
        let pushed = try command.wait()
        if pushed.status == 0 { break }
        #expect(
          pushed.signal == SIGKILL || pushed.status == 11, "\(pushed.status): \(pushed.errors)")
        let pulled = try rledit("pull", "--prefer", "both")
        #expect(pulled.status == 0, "\(pulled.errors)")
      }
    }
  }
}

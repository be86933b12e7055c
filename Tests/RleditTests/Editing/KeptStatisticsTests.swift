import Foundation
import ObjectModel
import ObjectStore
import TestSupport
import Testing

/// Running statistics that are kept on the way, so that an edit need not read all those before it.
@Suite struct KeptStatisticsTests {
  /// Sixty edits, more than are folded before some are kept.
  private static func longHistory() throws -> Workplace {
    let place = try Workplace.withTalkingModel(facts: 60)
    try place.writeSingleFacts()
    try place.edit("facts.jsonl", "--batch", "1", "--limit", "40")
    return place
  }

  /// The commits that something is kept of, newest first.
  private static func kept(in place: Workplace) throws -> [String] {
    let snapshot = try ObjectStore.open(at: place.path(".rledit")).snapshot()
    return try place.history().filter {
      let id = try #require(CommitID(hex: $0))
      return try snapshot.derivedRecord(of: id) != nil
    }
  }

  /// What is kept is what an edit goes on from: statistics of other rows under the commit's name give
  /// another delta, and without them it is made as from the whole history.
  @Test func anEditGoesOnFromWhatIsKept() throws {
    let place = try Self.longHistory()
    let kept = try Self.kept(in: place)
    #expect(kept.count == 1)
    try place.succeed("branch", "start")

    try place.edit("fact50")
    let expected = try place.deltas(of: "HEAD")
    try place.succeed("reset", "start")
    let store = try ObjectStore.open(at: place.path(".rledit"))
    let id = try #require(kept.first.flatMap { CommitID(hex: $0) })
    let content = try #require(try store.snapshot().derivedRecord(of: id))
    // The highest byte of the last spread's mantissa, behind which its exponent is.
    var other = content
    other[other.count - 2] ^= 8
    try store.keepDerivedRecord(other, of: id)
    try place.edit("fact50")
    #expect(try place.deltas(of: "HEAD") != expected)

    try place.succeed("reset", "start")
    try place.succeed("snapshot", "drop")
    try place.edit("fact50")
    #expect(try place.deltas(of: "HEAD") == expected)
    #expect(try Self.kept(in: place).contains(place.id("start")))
    try place.expectWhole()
  }

  /// After a merge that took a shorter chain numbers are given out again: nothing is kept that could not be
  /// used.
  @Test func aShorterChainTakenOverKeepsNothingInVain() throws {
    let place = try Self.longHistory()
    try place.succeed("switch", "-c", "short", "HEAD~20")
    try place.edit("fact41")
    try place.succeed("switch", "main")
    try place.succeed("merge", "short", "--strategy", "theirs")
    let before = try Self.kept(in: place)
    for number in 42..<45 { try place.edit("fact\(number)") }
    #expect(try Self.kept(in: place) == before)
    try place.succeed("replay", "--verify", "--regenerate")
  }

  /// Histories of edits and of all that changes chains: the deltas that were made with what is kept are
  /// made again from the whole history.
  @Test(arguments: [1, 2, 3, 4] as [UInt64])
  func itMakesNoDifferenceToAnyDelta(seed: UInt64) throws {
    let place = try Self.longHistory()
    var random = SeededGenerator(seed: seed)
    var branches = 0
    for number in 40..<60 {
      let depth = Int.random(in: 0..<6, using: &random)
      switch Int.random(in: 0..<8, using: &random) {
      case 0: try place.revert(depth)
      case 1:
        // Puts back at their numbers what was taken out.
        try place.revert(depth)
        try place.edit("fact\(number)")
        try place.revert(1)
      case 2:
        branches += 1
        try place.succeed("branch", "side\(branches)", "HEAD~\(depth)")
        try place.edit("fact\(number)")
        try place.succeed("switch", "side\(branches)")
        try place.edit("fact\((number + 1) % 60)", "--method", "rledit")
        try place.succeed("switch", "main")
        try place.succeed("merge", "side\(branches)", "--prefer", "ours", "-m", "m")
      case 3: try place.succeed("squash", "HEAD~2", "-m", "s")
      case 4: try place.succeed("reset", "HEAD~\(depth)")
      default: break
      }
      try place.edit("fact\(number)")
    }
    #expect(try !Self.kept(in: place).isEmpty)
    let report = try place.json("replay", "--verify", "--regenerate")
    let regenerated = try #require(report["regenerated"] as? [[String: Any]])
    #expect(regenerated.count >= 40)
  }
}

extension Workplace {
  /// Takes a commit back, or nothing where that is no longer there to be taken back.
  fileprivate func revert(_ depth: Int) throws {
    let result = try rledit("revert", "HEAD~\(depth)")
    #expect([0, 12].contains(result.status), "\(result.errors)")
  }

  fileprivate func edit(_ arguments: String...) throws {
    let result = try rledit.run(
      ["edit", "--method", "ultraedit", "--layers", "1-2", "--modules", "down"] + arguments)
    #expect(result.status == 0, "\(arguments): \(result.errors)")
  }
}

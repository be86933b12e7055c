import Foundation
import TestSupport
import Testing

/// branch, tag, switch, reset, revert, undo, redo.
@Suite struct MovingTests {
  @Test func branchesAreMadeListedRenamedAndDeleted() throws {
    let place = try Workplace.withHistory(deltas: 1)
    try place.succeed("branch", "side", "HEAD~1")
    try place.succeed("branch", "-m", "side", "other")
    let names = try #require(place.json("branch")["names"] as? [[String: Any]])
    #expect(names.compactMap { $0["name"] as? String } == ["main", "other"])
    #expect(names.compactMap { $0["isCurrent"] as? Bool } == [true, false])
    #expect(names[1]["commit"] as? String == (try place.id("HEAD~1")))
    #expect(try place.succeed("branch").contains("* main"))
    let former = try place.id("other")
    #expect(
      try place.succeed("branch", "-d", "other") == "Deleted other (was \(former.prefix(12))).\n")
    try place.succeed("branch", "other", String(former.prefix(12)))
    let deleted = try place.json("branch", "-d", "other")["deleted"] as? [[String: String]]
    #expect(deleted == [["name": "other", "commit": former]])
    #expect(try place.rledit("switch", "other").status == 12)
  }

  @Test func tagsKeepTheirMessage() throws {
    let place = try Workplace.withHistory()
    try place.succeed("tag", "plain")
    try place.succeed("tag", "v1", "HEAD", "-m", "first")
    let names = try #require(place.json("tag")["names"] as? [[String: Any]])
    #expect(names.compactMap { $0["name"] as? String } == ["plain", "v1"])
    #expect(names[0]["message"] == nil && names[1]["message"] as? String == "first")
    try place.succeed("tag", "-d", "plain")
    #expect(try place.rledit("show", "plain").status == 12)
  }

  @Test func switchingGivesEachBranchItsOwnState() throws {
    let place = try Workplace.withHistory(deltas: 1)
    let main = try place.digests()
    try place.succeed("switch", "-c", "side", "HEAD~1")
    #expect(try place.digests().isEmpty)
    try place.commitDelta(7)
    let side = try place.digests()
    #expect(side != main)
    try place.succeed("switch", "main")
    #expect(try place.digests() == main)
    try place.succeed("switch", "--detach", "side")
    #expect(try place.digests() == side)
    #expect(try place.json("status")["branch"] == nil)
    #expect(try place.succeed("status").contains("On no branch"))
  }

  @Test func switchingBackGoesToWhereHeadWas() throws {
    let place = try Workplace.withHistory(deltas: 1)
    #expect(try place.rledit("switch", "-").status == 12)
    try place.succeed("switch", "-c", "side", "HEAD~1")
    try place.succeed("switch", "-")
    #expect(try place.json("status")["branch"] as? String == "main")
    try place.succeed("switch", "-c", "third")
    try place.succeed("switch", "@{-2}")
    #expect(try place.json("status")["branch"] as? String == "side")
    try place.succeed("switch", "--detach", "main")
    try place.succeed("switch", "side")
    #expect(try place.succeed("switch", "-").contains("HEAD is at"))
    #expect(try place.json("status")["branch"] == nil && place.id() == place.id("main"))
  }

  @Test func revertingInTheMiddleIsTheHistoryWithoutIt() throws {
    let place = try Workplace.withHistory(deltas: 3)
    let before = try place.digests()
    try place.succeed("revert", "HEAD~1")
    let reverted = try place.digests()
    let other = try Workplace.withHistory(deltas: 1)
    try other.commitDelta(2)
    #expect(try reverted == other.digests())
    // Reverting the revert brings the former bits back.
    try place.succeed("revert", "HEAD", "-m", "it was right")
    #expect(try place.digests() == before)
    #expect(try place.succeed("log", "-n", "1").contains("it was right"))
  }

  @Test func revertTakesRangesAndRepeatsOnce() throws {
    let place = try Workplace.withHistory(deltas: 3)
    let first = try place.digests("HEAD~2")
    try place.succeed("revert", "HEAD~2..HEAD")
    #expect(try place.digests() == first)
    try place.succeed("undo")
    let dots = try place.rledit("revert", "HEAD~2...HEAD")
    #expect(dots.status == 12 && dots.errors.contains("two make a range"))
    try place.succeed("revert", "HEAD", "HEAD~1", "HEAD")
    #expect(try place.digests() == first)
  }

  @Test func undoBringsBackWhatResetLeftAndRedoLeavesIt() throws {
    let place = try Workplace.withHistory(deltas: 2)
    let (head, middle, root) = (
      try place.id(), try place.id("HEAD~1"), try place.id("HEAD~2")
    )
    try place.succeed("reset", "HEAD~2")
    #expect(try place.id() == root)
    #expect(try place.succeed("undo").contains("rledit reset HEAD~2"))
    #expect(try place.id() == head)
    #expect(try place.id("@{1}") == root)
    let redone = try place.json("redo")
    #expect(redone["commit"] as? String == root && redone["operation"] as? Int == 4)
    try place.succeed("undo")
    try place.succeed("undo")
    #expect(try place.id() == middle)
    try place.expectWhole()
  }
}

import Foundation
import Testing

/// What `merge` says that it does, did and would do.
@Suite struct MergeReportTests {
  private func counts(_ report: [String: Any]) -> [Int?] {
    [report["added"] as? Int, report["takenOut"] as? Int]
  }

  @Test func aDryRunEndsAsTheMergeWould() throws {
    let place = try Workplace.withFork()
    let head = try place.id()
    // Any two random matrices share something.
    for options in [[], ["--dry-run"]] {
      let refused = try place.rledit.run(
        ["merge", "side", "--overlap-limit", "0", "--json"] + options)
      #expect(refused.status == 18, "\(options)")
      let report = try refused.json()
      #expect((report["overlapConflicts"] as? [Any])?.isEmpty == false)
      #expect(report["outcome"] == nil && counts(report) == [0, 0])
    }
    let text = try place.rledit("merge", "side", "--overlap-limit", "0", "--dry-run")
    #expect(text.output.contains("conflict") && !text.output.contains("Would"))
    #expect(try place.id() == head)
  }

  @Test func aDryRunForeseesACommitWhereOneIsAskedFor() throws {
    let place = try Workplace.withFork()
    try place.succeed("reset", "main~2")
    for options in [["--strategy", "ours"], ["--no-ff"], []] {
      let dry = try place.rledit.run(["merge", "side", "--dry-run", "--json"] + options).json()
      let real = try place.rledit.run(["merge", "side", "--json"] + options).json()
      #expect(dry["outcome"] as? String == real["outcome"] as? String, "\(options)")
      #expect(counts(dry) == counts(real))
      try place.succeed("undo")
    }
  }

  @Test func whatWasBroughtInIsToldAndNothingElse() throws {
    let place = try Workplace.withFork()
    let theirs = try place.id("side").prefix(12)
    #expect(try counts(place.json("merge", "side", "--strategy", "ours")) == [0, 0])
    try place.succeed("undo")
    let text = try place.succeed("merge", "side", "--strategy", "ours")
    #expect(text.contains("merged \(theirs) without any delta"), "\(text)")
    try place.succeed("undo")
    // Their chain in the place of ours, which had two of its own.
    #expect(try counts(place.json("merge", "side", "--strategy", "theirs")) == [2, 2])
    try place.succeed("undo")
    let left = try place.json("merge", "side", "--overlap-limit", "0", "--prefer", "ours")
    #expect(counts(left) == [0, 0] && left["leftOut"] as? Int == 2)
    try place.succeed("undo")
    let kept = try place.json("merge", "side", "--overlap-limit", "0", "--prefer", "theirs")
    #expect(counts(kept) == [2, 0] && kept["leftOut"] as? Int == 2)
    try place.succeed("undo")
    #expect(try counts(place.json("merge", "side", "--strategy", "average")) == [2, 0])
    try place.succeed("undo")
    // What both took out is not taken out once more.
    for branch in ["side", "main"] {
      try place.succeed("switch", branch)
      try place.succeed("revert", "main~2")
    }
    #expect(try counts(place.json("merge", "side")) == [2, 0])
  }
}

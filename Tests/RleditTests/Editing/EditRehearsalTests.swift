import Foundation
import TestSupport
import Testing

/// `edit --rehearse` as a user runs it, where each batch undoes the one before.
@Suite struct EditRehearsalTests {
  private static let strongly = ["--step-size", "0.003", "--inner-steps", "40", "--layers", "0-2"]

  private func edit(
    _ facts: String, in place: Workplace, batch: Int = 1, rehearse: Int = 10
  ) throws -> [String: Any] {
    try place.rledit.run(
      ["edit", facts, "--batch", "\(batch)", "--rehearse", "\(rehearse)", "--json"]
        + Self.strongly
    ).json()
  }

  private func rehearsals(_ report: [String: Any]) throws -> [[String: Any]] {
    try #require(report["commits"] as? [[String: Any]]).filter {
      $0["isRehearsal"] as? Bool == true
    }
  }

  private func value(_ name: String, _ report: [String: Any]) -> Double? {
    (report[name] as? [String: Any])?["value"] as? Double
  }

  @Test func factsThatWereLostAreEditedAgainInCommitsOfTheirOwn() throws {
    let place = try Workplace.withTalkingModel(facts: 6)
    let report = try edit("facts.jsonl", in: place)
    let again = try rehearsals(report)
    #expect(!again.isEmpty)
    #expect((report["commits"] as? [Any])?.count == 6 + again.count)
    let sum = try #require(report["rehearsals"] as? [String: Any])
    // 0 + 1 + … + 5 earlier facts.
    #expect(sum["visited"] as? Int == 15)
    #expect(sum["lost"] as? Int == again.reduce(0) { $0 + ($1["edits"] as? Int ?? 0) })
    // No more at once than in a batch, although several are lost at once.
    #expect(again.allSatisfy { $0["edits"] as? Int == 1 })
    var (batch, together, most) = ("", 0, 0)
    for line in try #require(report["commits"] as? [[String: Any]]) {
      let id = try #require(line["commit"] as? String)
      guard line["isRehearsal"] as? Bool == true else {
        (batch, together) = (id, 0)
        continue
      }
      together += 1
      most = max(most, together)
      let shown = try place.json("show", id)
      #expect((shown["commit"] as? [String: Any])?["operation"] as? String == "rehearse")
      let records = try #require(shown["records"] as? [[String: Any]])
      let subjects = records.compactMap { $0["subject"] as? String }
      #expect(subjects == line["subjects"] as? [String])
      // Each was lost before, by another measurement.
      for record in records {
        let fact = try JSONSerialization.data(withJSONObject: [
          "prompt": record["prompt"], "subject": record["subject"], "target": record["target"],
        ])
        try fact.write(to: URL(fileURLWithPath: place.path("fact.jsonl")))
        let before = try place.json("eval", "fact.jsonl", "--at", batch)
        #expect(try #require(value("efficacy", before)) < 1)
      }
      let (before, after) = (line["efficacyBefore"] as? Double, line["efficacyAfter"] as? Double)
      #expect(try #require(before) < #require(after))
    }
    #expect(most > 1)
    let held = try place.json("eval")
    let without = try Workplace.withTalkingModel(facts: 6)
    _ = try edit("facts.jsonl", in: without, rehearse: 0)
    #expect(
      try #require(value("efficacy", held)) > #require(value("efficacy", without.json("eval"))))
    try place.succeed("replay", "--verify", "--regenerate")
  }

  @Test func aRehearsedFactIsMeasuredOnceAndByTheAgeOfItsBatch() throws {
    let place = try Workplace.withTalkingModel(facts: 6)
    _ = try edit("facts.jsonl", in: place)
    let report = try place.json("eval")
    #expect((report["efficacy"] as? [String: Any])?["count"] as? Int == 6)
    let cost = try #require(report["cost"] as? [String: Any])
    #expect(cost["activeEdits"] as? Int == 6 && cost["activeCommits"] as? Int == 6)
    let curve = try place.json("curve", "--every", "100")
    #expect((curve["points"] as? [[String: Any]])?.last?["edits"] as? Int == 6)
    try place.succeed("squash", "HEAD~\(try place.history().count - 1)")
    let records = try #require(place.json("show")["records"] as? [[String: Any]])
    #expect(records.count == 6)
  }

  @Test func aRunInPartsRehearsesAsTheWholeRunDoes() throws {
    let whole = try Workplace.withTalkingModel(facts: 6)
    _ = try edit("facts.jsonl", in: whole, rehearse: 2)
    let parts = try Workplace.withTalkingModel(facts: 6)
    try parts.writeSingleFacts()
    for number in 0..<6 { _ = try edit("fact\(number)", in: parts, rehearse: 2) }
    let digests = try whole.digests()
    #expect(!digests.isEmpty)
    #expect(try parts.digests() == digests)
    let commits = try whole.history().count
    #expect(commits > 7, "nothing was rehearsed")
    #expect(try parts.history().count == commits)
  }

  @Test func whatWasTakenBackIsNotRehearsedAndLeavesNoTraceInWhatIs() throws {
    let place = try Workplace.withTalkingModel(facts: 6)
    try place.writeSingleFacts()
    for fact in ["fact0", "fact1"] { _ = try edit(fact, in: place, rehearse: 0) }
    try place.succeed("branch", "without")
    _ = try edit("fact2", in: place, rehearse: 0)
    try place.succeed("revert", "HEAD")
    var digests: [String: [String: String]] = [:]
    for branch in ["main", "without"] {
      try place.succeed("switch", branch)
      let report = try edit("fact3", in: place)
      #expect((report["rehearsals"] as? [String: Any])?["visited"] as? Int == 2)
      #expect(try !rehearsals(report).isEmpty)
      digests[branch] = try place.digests()
    }
    #expect(digests["main"] == digests["without"])
  }

  @Test func onlyTheLastTargetOfAFactIsRehearsed() throws {
    let place = try Workplace.withTalkingModel(facts: 3)
    try place.writeSingleFacts()
    let other = try String(contentsOfFile: place.path("fact0"), encoding: .utf8)
      .replacingOccurrences(of: "\"Ur\"", with: "\"Po\"")
    try other.write(toFile: place.path("other"), atomically: true, encoding: .utf8)
    for fact in ["fact0", "other", "fact1"] { _ = try edit(fact, in: place, rehearse: 0) }
    let report = try edit("fact2", in: place)
    #expect((report["rehearsals"] as? [String: Any])?["visited"] as? Int == 2)
    var targets: [String?] = []
    for line in try rehearsals(report) {
      let shown = try place.json("show", try #require(line["commit"] as? String))
      let records = try #require(shown["records"] as? [[String: Any]])
      targets += records.filter { $0["subject"] as? String == "Town 0" }
        .map { $0["target"] as? String }
    }
    #expect(targets == [" Po"])
  }

  @Test func takingBackAFactTellsWhichRehearsalsHoldIt() throws {
    let place = try Workplace.withTalkingModel(facts: 3)
    let report = try edit("facts.jsonl", in: place)
    let commits = try #require(report["commits"] as? [[String: Any]])
    let again = try #require(rehearsals(report).last)
    let subject = try #require((again["subjects"] as? [String])?.first)
    let own = try #require(
      commits.first {
        $0["isRehearsal"] as? Bool == false && $0["subjects"] as? [String] == [subject]
      }?["commit"] as? String)
    let id = try #require(again["commit"] as? String)
    let result = try place.rledit("revert", own)
    #expect(result.status == 0)
    #expect(result.errors.contains("stays edited in by rehearsal \(id.prefix(12))"))
    let both = try place.rledit("revert", id)
    #expect(both.status == 0 && !both.errors.contains(String(id.prefix(12))))
  }

  @Test(arguments: ["-1", "10001", "many"])
  func aNumberOfFactsThatCannotBeIsAFaultOfTheCommandLine(_ count: String) throws {
    let place = try Workplace.withTalkingModel(facts: 1)
    let result = try place.rledit("edit", "facts.jsonl", "--rehearse=\(count)")
    #expect(result.status == 2 && result.errors.contains("--rehearse"), "\(result.errors)")
  }
}

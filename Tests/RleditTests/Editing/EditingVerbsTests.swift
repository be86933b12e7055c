import Foundation
import Tensors
import TestSupport
import Testing

/// `edit`, `ask`, `eval` and `replay --regenerate` as a user runs them.
@Suite struct EditingVerbsTests {
  @Test func everyBatchIsACommitThatTellsHowItWasMade() throws {
    let place = try Workplace.withTalkingModel(facts: 5)
    let report = try place.json("edit", "facts.jsonl", "--batch", "2", "-m", "Towns")
    let commits = try #require(report["commits"] as? [[String: Any]])
    #expect(commits.map { $0["edits"] as? Int } == [2, 2, 1])
    for commit in commits {
      let (before, after) = (commit["lossBefore"] as? Double, commit["lossAfter"] as? Double)
      #expect(try #require(after) < #require(before))
    }
    #expect(
      try place.history() == commits.reversed().compactMap { $0["commit"] as? String }
        + [place.id("HEAD~3")])

    let shown = try place.json("show", "HEAD~1")
    let records = try #require(shown["records"] as? [[String: Any]])
    #expect(records.map { $0["prompt"] as? String } == ["Town 2 lies in", "Town 3 lies in"])
    let recipe = try #require(shown["recipe"] as? [String: Any])
    #expect(recipe["method"] as? String == "rledit")
    #expect(try place.digests().count == 2)
    // A target brings the space that parts it from its prompt.
    #expect(try place.succeed("show", "HEAD~1").contains("\n  Town 2 lies in Ka\n"))
  }

  @Test func theDeltasAreTheSameOnEveryInstructionSetAndThreadCount() throws {
    var settings = InstructionSet.available.map { ($0.rawValue, "2") }
    settings.append((InstructionSet.fastest.rawValue, "1"))
    settings.append((InstructionSet.fastest.rawValue, "5"))
    var reference: [[String]] = []
    for (instructionSet, threads) in settings {
      let place = try Workplace.withTalkingModel(facts: 4)
      try TalkingModel.writeFacts(12, to: place.path("others.jsonl"))
      place.rledit.environment["RLEDIT_ISA"] = instructionSet
      try place.succeed(
        "edit", "facts.jsonl", "--batch", "2", "--preserve", "others.jsonl", "--threads", threads)
      let deltas = try ["HEAD", "HEAD~1"].map { try place.deltas(of: $0) }
      #expect(deltas.allSatisfy { $0.count == 1 })
      if reference.isEmpty { reference = deltas }
      #expect(deltas == reference, "\(instructionSet) on \(threads) threads")
    }
  }

  /// What engine version 3 makes, and versions 1 and 2 made, on the day it was fixed. Deltas of stored histories
  /// are made again by that version's bits: when this fails, raise `RLEdit.engineVersion`, and only then these
  /// ids.
  @Test func theEnginesBitsAreThoseOfItsVersion() throws {
    let place = try Workplace.withTalkingModel(facts: 4)
    try TalkingModel.writeFacts(12, to: place.path("others.jsonl"))
    try place.succeed(
      "edit", "facts.jsonl", "--batch", "2", "--preserve", "others.jsonl", "--layers", "1-2",
      "--modules", "query,value,gate,up,down", "--step-size", "0.0005", "--inner-steps", "3")
    let recipe = try #require(place.json("show")["recipe"] as? [String: Any])
    #expect(recipe["engineVersion"] as? Int == 3)
    let first = try place.deltas(of: "HEAD~1")
    #expect(
      first == ["e9f2cc0b906e11f08231fed9e50bef879672232b2fe47842ac6aa4082ac96ae9"], "\(first)")
    let second = try place.deltas(of: "HEAD")
    #expect(
      second == ["d719f684c8cac3e7f32ca2607bb36145040f32bfcf95750e7494224e2368b41e"], "\(second)")
  }

  @Test func regenerationFindsTheRecordedDeltasAlsoAfterReverts() throws {
    let place = try Workplace.withTalkingModel(facts: 8)
    try TalkingModel.writeFacts(20, to: place.path("others.jsonl"))
    try place.succeed(
      "edit", "facts.jsonl", "--batch", "2", "--limit", "6", "--preserve", "others.jsonl")
    try place.succeed("revert", "HEAD~1")
    try place.succeed("edit", "facts.jsonl", "--batch", "8", "--inner-steps", "2")
    place.rledit.environment["RLEDIT_ISA"] = "scalar"
    let report = try place.json("replay", "--verify", "--regenerate")
    let regenerated = try #require(report["regenerated"] as? [[String: Any]])
    #expect(regenerated.count == 4)
    let commits = try #require(report["commits"] as? [[String: Any]])
    #expect(commits.count == 6)
  }

  @Test func aBatchThatTheModelKnewLeavesNoTraceInLaterOnes() throws {
    let place = try Workplace.withTalkingModel(facts: 2)
    let lines = try String(contentsOfFile: place.path("facts.jsonl"), encoding: .utf8)
      .split(separator: "\n")
    try [lines[0], lines[0], lines[1]].joined(separator: "\n").write(
      toFile: place.path("repeated.jsonl"), atomically: true, encoding: .utf8)
    try place.succeed(
      "edit", "repeated.jsonl", "--batch", "1", "--step-size", "0.003", "--inner-steps", "40",
      "--layers", "0-2")
    #expect(try place.deltas(of: "HEAD~2").count == 1)
    #expect(try place.deltas(of: "HEAD~1").isEmpty)
    #expect(try place.deltas(of: "HEAD").count == 1)
    try place.succeed("replay", "--verify", "--regenerate")
  }

  @Test(arguments: ["--step-size=nan", "--step-size=0", "--log-ridge=81", "--inner-steps=0"])
  func aSettingOutOfItsRangeIsAFaultOfTheCommandLine(_ setting: String) throws {
    let place = try Workplace.withTalkingModel(facts: 1)
    let result = try place.rledit("edit", "facts.jsonl", setting)
    #expect(result.status == 2, "\(result.errors)")
    let name = setting.dropFirst(2).prefix { $0 != "=" }
    #expect(result.errors.hasPrefix("rledit: setting \"\(name)\" cannot be "), "\(result.errors)")
  }

  /// Deltas and running statistics of the reverted commit are both gone from what comes next.
  @Test func editingOnAfterARevertIsAsIfTheEditHadNeverBeen() throws {
    let place = try Workplace.withTalkingModel(facts: 6)
    let lines = try String(contentsOfFile: place.path("facts.jsonl"), encoding: .utf8)
      .split(separator: "\n")
    for (name, range) in [("first", 0..<2), ("second", 2..<4), ("third", 4..<6)] {
      try lines[range].joined(separator: "\n").write(
        toFile: place.path(name), atomically: true, encoding: .utf8)
    }
    try place.succeed("edit", "first")
    try place.succeed("branch", "without")
    try place.succeed("edit", "second")
    try place.succeed("branch", "with")
    try place.succeed("revert", "HEAD")
    var deltas: [String: [String]] = [:]
    for branch in ["main", "without", "with"] {
      try place.succeed("switch", branch)
      try place.succeed("edit", "third")
      deltas[branch] = try place.deltas(of: "HEAD")
    }
    #expect(deltas["main"]?.count == 1)
    #expect(deltas["main"] == deltas["without"])
    #expect(deltas["main"] != deltas["with"])
    #expect(try place.digests("main") == place.digests("without"))
  }

  /// What a merged edit contributed counts before the merge is reverted and after it is put back.
  @Test func aMergeThatIsPutBackContributesAsItDid() throws {
    let place = try Workplace.withTalkingModel(facts: 6)
    try place.writeSingleFacts()
    for line in [
      "edit fact0", "branch side", "edit fact1", "switch side", "edit fact2", "switch main",
      "merge side", "edit fact3", "revert HEAD~1", "edit fact4", "revert HEAD~1", "edit fact5",
    ] {
      let result = try place.rledit.run(line.split(separator: " ").map(String.init))
      #expect(result.status == 0, "\(line): \(result.errors)")
    }
    let report = try place.json("replay", "--verify", "--regenerate")
    let regenerated = try #require(report["regenerated"] as? [[String: Any]])
    #expect(regenerated.count == 6)
  }

  @Test func askingAndMeasuringShowTheEdit() throws {
    let place = try Workplace.withTalkingModel(facts: 2)
    let before = try place.json("ask", "Town 0 lies in", "--generate", "3", "--top", "4")
    try place.succeed(
      "edit", "facts.jsonl", "--step-size", "0.003", "--inner-steps", "40", "--layers", "0-2")
    let after = try place.json("ask", "Town 0 lies in", "--generate", "3", "--top", "4")
    func answer(_ report: [String: Any]) throws -> [String: Any] {
      try #require((report["answers"] as? [[String: Any]])?.first)
    }
    #expect(try answer(after)["continuation"] as? String == " Ur")
    #expect(try answer(before)["continuation"] as? String != " Ur")
    let next = try #require(answer(after)["next"] as? [[String: Any]])
    #expect(next.count == 4 && next[0]["token"] as? String == " ")
    let sum = next.compactMap { $0["probability"] as? Double }.reduce(0, +)
    #expect(sum > 0.25 && sum <= 1)
    #expect(
      try answer(place.json("ask", "--at", "HEAD~1", "Town 0 lies in", "--generate", "3"))[
        "continuation"] as? String == answer(before)["continuation"] as? String)

    for facts in [["facts.jsonl"], []] {
      let measured = try place.rledit.run(["eval"] + facts + ["--json"]).json()
      let efficacy = try #require(measured["efficacy"] as? [String: Any])
      #expect(efficacy["value"] as? Double == 1)
      #expect(efficacy["count"] as? Int == 2)
    }
    let unedited = try place.json("eval", "facts.jsonl", "--at", "HEAD~1")
    #expect((unedited["locality"] as? [String: Any])?["value"] as? Double == 1)
    #expect((unedited["efficacy"] as? [String: Any])?["value"] as? Double != 1)
  }

  @Test func perplexityIsMeasuredOnAText() throws {
    let place = try Workplace.withTalkingModel(facts: 1)
    try String(repeating: "A town lies in a land. ", count: 40).write(
      toFile: place.path("text.txt"), atomically: true, encoding: .utf8)
    func perplexity() throws -> (here: Double, unedited: Double) {
      let report = try place.json("eval", "facts.jsonl", "--text", "text.txt")
      let measured = try #require(report["perplexity"] as? [String: Any])
      #expect(measured["tokens"] as? Int == 23 * 40)
      return (
        try #require(measured["here"] as? Double), try #require(measured["unedited"] as? Double)
      )
    }
    let before = try perplexity()
    #expect(before.here == before.unedited)
    try place.succeed("edit", "facts.jsonl", "--layers", "0-2")
    let after = try perplexity()
    #expect(after.unedited == before.unedited)
    #expect(after.here != after.unedited)
  }

  @Test func whatCannotBeEditedEndsWithItsCodeAndAHint() throws {
    let place = try Workplace.withTalkingModel(facts: 3)
    try "{\"prompt\": \"a\", \"subject\": \"a\", \"target\": \"b\"}\n{\"prompt\": }\n".write(
      toFile: place.path("bad.jsonl"), atomically: true, encoding: .utf8)
    let cases: [(arguments: [String], status: Int32, mentions: String)] = [
      (["edit", "bad.jsonl"], 13, "line 2"),
      (["edit", "missing.jsonl"], 17, "missing.jsonl"),
      (["edit", "facts.jsonl", "--layers", "7"], 14, "model.layers.7"),
      (["edit", "facts.jsonl", "--layers", "3-1"], 2, "3-1"),
      (["edit", "facts.jsonl", "--method", "guess"], 2, "guess"),
      (["edit", "facts.jsonl", "--hypernet", "abc"], 12, "abc"),
      (["edit", "facts.jsonl", "--batch", "0"], 2, "--batch"),
      (["edit", "facts.jsonl", "--step-size=-1"], 2, "step-size"),
      (["ask", "--at", "nowhere", "Hello"], 12, "nowhere"),
      (["eval", "facts.jsonl", "--at", "nowhere"], 12, "nowhere"),
      (["eval"], 2, "no edit is active"),
      (["--store", "elsewhere", "ask", "Hello"], 10, "elsewhere"),
    ]
    let head = try place.id()
    for (arguments, status, mentions) in cases {
      let result = try place.rledit.run(arguments)
      #expect(result.status == status, "\(arguments): \(result.errors)")
      let lines = result.errors.split(separator: "\n")
      #expect(lines.count == 2 && lines[0].contains(mentions), "\(arguments): \(result.errors)")
      #expect(lines.last?.hasPrefix("hint: ") == true, "\(arguments): \(result.errors)")
    }
    #expect(try place.id() == head)
    #expect(try place.rledit("fsck", "--full").status == 0)
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGKILL])
  func aRunCutOffKeepsItsCommitsAndAWholeStore(signal: Int32) throws {
    let place = try Workplace.withTalkingModel(facts: 400)
    let running = try place.rledit.start([
      "edit", "facts.jsonl", "--batch", "1", "--inner-steps", "30", "--target-loss", "0",
    ])
    while try place.history().count < 3, running.isRunning { usleep(20_000) }
    running.send(signal)
    let result = try running.wait()
    if signal == SIGKILL {
      #expect(result.signal == SIGKILL)
    } else {
      #expect(result.status == 130)
      #expect(result.errors.contains("interrupted"))
    }
    let commits = try place.history().count
    #expect(commits >= 3 && commits < 401)
    #expect(try place.rledit("fsck", "--full").status == 0)
    #expect(try place.rledit("replay", "--verify").status == 0)
  }

  @Test func theRealModelsDeltasAreTheSameOnAnotherInstructionSet() throws {
    var reference: [String] = []
    for instructionSet in InstructionSet.available where instructionSet != .scalar {
      let place = try Workplace()
      place.rledit.environment["RLEDIT_ISA"] = instructionSet.rawValue
      try place.succeed("init")
      try place.succeed("import", RealModel.path)
      try place.succeed("edit", OwnFacts.demo, "--limit", "5", "--inner-steps", "2")
      let deltas = try place.deltas(of: "HEAD")
      if reference.isEmpty { reference = deltas }
      #expect(deltas.count == 1 && deltas == reference)
    }
  }
}

import Foundation
import TestSupport
import Testing

/// `eval` as a user runs it.
@Suite struct MeasuringTests {
  /// A store with four commits of one edit each that took.
  static func withEdits(_ count: Int = 4) throws -> Workplace {
    let place = try Workplace.withTalkingModel(facts: count)
    try place.succeed(
      "edit", "facts.jsonl", "--batch", "1", "--step-size", "0.003", "--inner-steps", "40",
      "--layers", "0-2")
    return place
  }

  static func measure(_ report: [String: Any], _ path: String...) throws -> [String: Any] {
    var found = report
    for name in path { found = try #require(found[name] as? [String: Any], "\(path)") }
    return found
  }

  @Test func everyMeasureHasAValueACountAndAnInterval() throws {
    let place = try Self.withEdits()
    let lines = try String(contentsOfFile: place.path("facts.jsonl"), encoding: .utf8)
    // Two of the records know what was true before.
    try lines.replacing("\"target\": \"Ur\"", with: "\"target\": \"Ur\", \"ground_truth\": \"Po\"")
      .write(toFile: place.path("known.jsonl"), atomically: true, encoding: .utf8)
    let report = try place.json("eval", "known.jsonl")
    #expect(report["records"] as? Int == 4)
    let counts: [([String], Int)] = [
      (["efficacy"], 4), (["generalisation"], 4), (["specificity"], 4), (["locality"], 4),
      (["generation", "efficacy"], 4), (["generation", "generalisation"], 4),
      (["generation", "specificity"], 4), (["generation", "locality"], 4),
      (["probability", "success"], 2), (["probability", "paraphraseSuccess"], 2),
      (["probability", "neighbourhoodSuccess"], 2),
    ]
    for (path, count) in counts {
      for side in [report, try Self.measure(report, "unedited")] {
        var measure = side
        for name in path { measure = try Self.measure(measure, name) }
        #expect(measure["count"] as? Int == count, "\(path)")
        let value = try #require(measure["value"] as? Double, "\(path)")
        let (low, high) = (measure["low"] as? Double, measure["high"] as? Double)
        #expect(try #require(low) <= value && value <= #require(high), "\(path)")
      }
    }
    #expect(report["retention"] == nil)
    let cost = try Self.measure(report, "cost")
    #expect(cost["activeEdits"] as? Int == 4 && cost["activeCommits"] as? Int == 4)
    #expect(try #require(cost["peakMemoryBytes"] as? Int) > 1_000_000)
    #expect(try #require(cost["deltaBytes"] as? Int) > 0)
    let metrics = try Self.measure(cost, "commitMetrics")
    #expect(
      try #require(metrics["after.loss"] as? Double) < #require(metrics["before.loss"] as? Double))
  }

  @Test func measuresThatAreNotAskedForAreNotTaken() throws {
    let place = try Workplace.withTalkingModel(facts: 2)
    let report = try place.json("eval", "facts.jsonl", "--measures", "accuracy,probability")
    #expect(report["generation"] == nil)
    #expect(report["probability"] != nil)
    let success = try Self.measure(report, "probability", "success")
    #expect(success["count"] as? Int == 0 && success["value"] == nil)
    let text = try place.succeed("eval", "facts.jsonl", "--measures", "generation")
    #expect(text.contains("free generation") && !text.contains("probability"))
  }

  @Test func retentionTellsEditsByTheirAge() throws {
    let place = try Self.withEdits()
    try place.succeed("revert", "HEAD~1")
    let report = try place.json("eval")
    #expect(report["records"] as? Int == 3)
    let retention = try #require(report["retention"] as? [[String: Any]])
    // The third of four commits is out, so the others' ages are 2, 1 and 0.
    #expect(retention.map { $0["youngest"] as? Int } == [0, 1, 2])
    #expect(retention.map { $0["oldest"] as? Int } == [0, 1, 3])
    for line in retention {
      #expect(try Self.measure(line, "efficacy")["count"] as? Int == 1)
      #expect(line["exactMatch"] != nil)
    }
  }

  @Test func anySubsetCanBeMeasured() throws {
    let place = try Self.withEdits()
    func records(_ arguments: String...) throws -> Int? {
      try place.rledit.run(["eval", "--json"] + arguments).json()["records"] as? Int
    }
    #expect(try records() == 4)
    #expect(try records("--limit", "2") == 2)
    #expect(try records("--where", "target=Ur") == 2)
    #expect(try records("--where", "target=Ur", "--where", "subject=Town 3") == 1)
    #expect(try records("--where", "source=facts") == 4)
    #expect(try records("--commits", "HEAD~3..HEAD~1") == 2)
    #expect(try records("--commits", "HEAD~1") == 1)
    #expect(try records("--commits", "HEAD~3..", "--sample", "2") == 2)
    #expect(try records("facts.jsonl", "--where", "prompt=Town 1", "--sample", "3") == 1)
    #expect(try records("facts.jsonl", "--at", "HEAD~4") == 4)
    // The age of an edit does not depend on which others are measured.
    let report = try place.json("eval", "--commits", "HEAD~2")
    let retention = try #require(report["retention"] as? [[String: Any]])
    #expect(retention.map { $0["youngest"] as? Int } == [2])
  }

  @Test func aSampleIsTheSameEveryTime() throws {
    let place = try Workplace.withTalkingModel(facts: 12)
    func sample(_ seed: String) throws -> [String: Any] {
      try place.json("eval", "facts.jsonl", "--sample", "4", "--seed", seed)
    }
    func comparable(_ report: [String: Any]) throws -> Data {
      var report = report
      report["cost"] = nil
      return try JSONSerialization.data(withJSONObject: report, options: .sortedKeys)
    }
    #expect(try comparable(sample("7")) == comparable(sample("7")))
    let all = try comparable(place.json("eval", "facts.jsonl", "--sample", "12"))
    #expect(try comparable(place.json("eval", "facts.jsonl")) == all)
  }

  @Test(arguments: [
    (["--where", "colour=red"], "colour=red"), (["--where", "subject"], "subject"),
    (["--where", "subject=Atlantis"], "none of the edit records"), (["--sample", "0"], "--sample"),
    (["--measures", "luck"], "luck"), (["facts.jsonl", "--commits", "HEAD"], "--commits"),
  ])
  func whatCannotBeMeasuredIsAFaultOfTheCommandLine(
    arguments: [String], mentions: String
  ) throws {
    let place = try Self.withEdits(1)
    let result = try place.rledit.run(["eval"] + arguments)
    #expect(result.status == 2, "\(result.errors)")
    #expect(result.errors.contains(mentions), "\(result.errors)")
  }
}

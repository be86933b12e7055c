import Foundation
import Glibc
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

  /// The same with edits that know former answers, and have unequal numbers of rephrasings and probes.
  static func withUnevenEdits(_ count: Int) throws -> Workplace {
    let place = try Workplace.withTalkingModel(facts: 0)
    let lines = try (0..<count).map { number in
      let record: [String: Any] = [
        "prompt": "Town \(number) lies in", "subject": "Town \(number)",
        "target": ["Ur", "Po", "Ka"][number % 3], "ground_truth": "Oz",
        "rephrase": (0...number % 3).map { "\($0): you find town \(number) in" },
        "locality": (0...number % 2 * 2).map {
          ["prompt": "Hill \(number)\($0) lies in", "target": "Oz"]
        },
      ]
      return String(decoding: try JSONSerialization.data(withJSONObject: record), as: UTF8.self)
    }
    try lines.joined(separator: "\n")
      .write(toFile: place.path("facts.jsonl"), atomically: true, encoding: .utf8)
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
    let place = try Self.withUnevenEdits(4)
    let lines = try String(contentsOfFile: place.path("facts.jsonl"), encoding: .utf8)
    // The first of the records, and the last, which have one rephrasing, do not know what was true before.
    let known = lines.split(separator: "\n").map { line in
      String(line.contains("Ur") ? line.replacing("ground_truth", with: "unknown") : line)
    }
    try known.joined(separator: "\n")
      .write(toFile: place.path("known.jsonl"), atomically: true, encoding: .utf8)
    let report = try place.json("eval", "known.jsonl")
    #expect(report["records"] as? Int == 4)
    let counts: [([String], Int)] = [
      (["efficacy"], 4), (["generalisation"], 7), (["specificity"], 8), (["locality"], 8),
      (["generation", "efficacy"], 4), (["generation", "generalisation"], 7),
      (["generation", "specificity"], 8), (["generation", "locality"], 8),
      (["probability", "success"], 2), (["probability", "paraphraseSuccess"], 5),
      (["probability", "neighbourhoodSuccess"], 4),
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
    // As the commits tell it.
    let told = try (0..<4).map { try place.metrics("HEAD~\($0)") }
    let seconds = try told.reduce(0) { try $0 + #require($1["seconds"]) } / 4
    #expect(try abs(#require(cost["editingSecondsPerEdit"] as? Double) / seconds - 1) < 1e-9)
    let memory = try #require(told.compactMap { $0["peak.memory"] }.max())
    #expect(cost["editingMemoryBytes"] as? Int == Int(memory) && memory > 1_000_000)
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

  @Test func ofAFactThatWasEditedAgainTheLastTargetIsMeasured() throws {
    let place = try Self.withEdits(3)
    try #"{"prompt": "town 1  lies in", "subject": "Town 1", "target": "Oz"}"#
      .write(toFile: place.path("again"), atomically: true, encoding: .utf8)
    try place.succeed(
      "edit", "again", "--step-size", "0.003", "--inner-steps", "40", "--layers", "0-2")
    let report = try place.json("eval", "--measures", "accuracy")
    #expect(report["records"] as? Int == 3 && report["replaced"] as? Int == 1)
    // Town 0, town 2 and the last edit, which none came after.
    let retention = try #require(report["retention"] as? [[String: Any]])
    #expect(retention.map { $0["youngest"] as? Int } == [0, 1, 2])
    let last = try Self.measure(retention[0], "efficacy")["value"] as? Double
    #expect(last == (try Self.measure(place.json("eval", "again"), "efficacy")["value"] as? Double))
    #expect(try place.succeed("eval", "--measures", "accuracy").contains("1 not measured"))
    let gone = try place.rledit("eval", "--commits", "HEAD~2")
    #expect(gone.status == 2 && gone.errors.contains("taken their place"), "\(gone.errors)")
    try place.succeed("revert", "HEAD")
    let before = try place.json("eval", "--measures", "accuracy")
    #expect(before["records"] as? Int == 3 && before["replaced"] as? Int == 0)
  }

  @Test func aMeasureThatIsRequiredDecidesOverTheExitCode() throws {
    let place = try Self.withEdits(2)
    // A text that the edits cost something.
    var found: (report: [String: Any], rise: Double)?
    for sentence in [
      "Hills are far away. ", "0123456789 ", "Oz! ", "the quick brown fox; ", "#*~ ",
    ] {
      try String(repeating: sentence, count: 20).write(
        toFile: place.path("text.txt"), atomically: true, encoding: .utf8)
      let report = try place.json("eval", "--text", "text.txt", "--measures", "accuracy")
      let rise = try #require(Self.measure(report, "perplexity")["ratio"] as? Double) - 1
      if rise > 0.001 {
        found = (report, rise)
        break
      }
    }
    let (report, rise) = try #require(found)
    let specificity = try #require(Self.measure(report, "specificity")["value"] as? Double)
    func status(_ arguments: String...) throws -> (Int, String) {
      let result = try place.rledit.run(
        ["eval", "--text", "text.txt", "--measures", "accuracy"] + arguments)
      return (Int(result.status), result.errors)
    }
    #expect(try status("--perplexity-rise", "\(rise * 1.001)").0 == 0)
    let (code, told) = try status("--perplexity-rise", "\(rise * 0.999)")
    #expect(code == 1 && told.contains("perplexity is"))
    #expect(try status("--require", "specificity=\(specificity)").0 == 0)
    try #require(specificity < 0.999, "no share is above it, so that this tests nothing")
    // However near the two are, they are told apart.
    let (short, words) = try status("--require", "specificity=\(specificity + 1e-6)")
    #expect(short == 1)
    let shares = words.matches(of: /[0-9.]+ %/).map { String($0.output) }
    #expect(shares.count == 2 && Set(shares).count == 2, "\(words)")
  }

  @Test func aRecordThatTheModelCannotReadIsNamed() throws {
    let place = try Workplace.withTalkingModel(facts: 1)
    let long = String(repeating: "x", count: 70)
    for (number, fields) in [
      #""target": "T", "rephrase": ["\#(long)"]"#,
      #""target": "T", "ground_truth": "\#(long)""#,
      #""target": "\#(long.prefix(30))", "ground_truth": "F", "#
        + #""locality": [{"prompt": "\#(long.prefix(50))", "target": "L"}]"#,
    ].enumerated() {
      try #"{"prompt": "The \#(number)th lies in", "subject": "S", \#(fields)}"#
        .write(toFile: place.path("long.jsonl"), atomically: true, encoding: .utf8)
      for verb in ["eval", "curve"] {
        let result = try place.rledit(verb, "long.jsonl")
        #expect(result.status == 14, "\(result.errors)")
        #expect(result.errors.contains("The \(number)th lies in"), "\(result.errors)")
      }
    }
    #expect(try place.rledit("eval", "long.jsonl", "--measures", "accuracy").status == 0)
  }

  @Test(arguments: [["eval", "facts.jsonl", "--text", "model"], ["covariance", "model"]])
  func aDirectoryIsNoText(arguments: [String]) throws {
    let place = try Workplace.withTalkingModel(facts: 1)
    let result = try place.rledit.run(arguments)
    #expect(result.status == 17 && result.errors.contains("model"), "\(result.errors)")
  }

  @Test func textMayComeFromAPipe() throws {
    let place = try Self.withEdits(1)
    let text = String(repeating: "A town lies in a land. ", count: 20)
    try text.write(toFile: place.path("text.txt"), atomically: true, encoding: .utf8)
    try #require(mkfifo(place.path("pipe"), 0o600) == 0)
    let writer = Thread { [path = place.path("pipe")] in
      try? text.write(toFile: path, atomically: false, encoding: .utf8)
    }
    writer.start()
    let piped = try place.json("eval", "--measures", "accuracy", "--text", "pipe")
    let read = try place.json("eval", "--measures", "accuracy", "--text", "text.txt")
    #expect(piped["perplexity"] as? NSObject == read["perplexity"] as? NSObject)
    #expect(piped["perplexity"] != nil)
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
    (["--where", "relation=capital"], "relation"), (["--seed", "3"], "--sample"),
    (["--text", "facts.jsonl", "--perplexity-rise", "nan"], "--perplexity-rise"),
    (["--measures", "accuracy", "--require", "generation_efficacy=0.5"], "generation_efficacy"),
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

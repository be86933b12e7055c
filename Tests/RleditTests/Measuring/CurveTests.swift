import Foundation
import Glibc
import TestSupport
import Testing

/// `curve` as a user runs it.
@Suite struct CurveTests {
  private func points(_ report: [String: Any]) throws -> [[String: Any]] {
    try #require(report["points"] as? [[String: Any]])
  }

  @Test func pointsAreTheUneditedModelEveryNthCommitAndTheLast() throws {
    let place = try MeasuringTests.withEdits(5)
    let report = try place.json("curve", "--every", "2")
    #expect(report["every"] as? Int == 2)
    let points = try points(report)
    #expect(points.map { $0["edits"] as? Int } == [0, 2, 4, 5])
    #expect(points.map { $0["number"] as? Int } == [0, 2, 4, 5])
    // Of the unedited model, the edits to come are measured.
    #expect(points.map { $0["records"] as? Int } == [5, 2, 4, 5])
    let commits = try ["HEAD~5", "HEAD~3", "HEAD~1", "HEAD"].map { try place.id($0) }
    #expect(points.map { $0["commit"] as? String } == commits)
    let part = try self.points(place.json("curve", "--every", "1", "--at", "HEAD~2..HEAD"))
    #expect(part.map { $0["edits"] as? Int } == [0, 4, 5])
    #expect(try self.points(place.json("curve", "--at", "HEAD~2")).count == 4)
  }

  @Test func everyPointIsWhatEvalMeasuresThere() throws {
    let place = try MeasuringTests.withEdits(4)
    try place.succeed("revert", "HEAD~2")
    try String(repeating: "A town lies in a land. ", count: 20).write(
      toFile: place.path("text.txt"), atomically: true, encoding: .utf8)
    let points = try points(place.json("curve", "--every", "1", "--text", "text.txt"))
    #expect(points.map { $0["edits"] as? Int } == [0, 1, 2, 3, 4, 3])
    for point in points.dropFirst() {
      let commit = try #require(point["commit"] as? String)
      let there = try place.json("eval", "--at", commit, "--text", "text.txt")
      for name in [
        "records", "efficacy", "generalisation", "specificity", "locality", "generation",
        "probability", "retention", "perplexity",
      ] {
        let (found, expected) = (point[name] as? NSObject, there[name] as? NSObject)
        #expect(found != nil && found == expected, "\(name) at \(commit)")
      }
    }
  }

  @Test func givenRecordsAreMeasuredAtEveryPoint() throws {
    let place = try MeasuringTests.withEdits(3)
    try TalkingModel.writeFacts(9, to: place.path("others.jsonl"))
    let report = try place.json("curve", "others.jsonl", "--where", "target=Ka", "--every", "3")
    #expect(report["facts"] as? String == "others.jsonl")
    #expect(try points(report).map { $0["records"] as? Int } == [3, 3])
    let sampled = try points(place.json("curve", "--sample", "2", "--every", "1"))
    #expect(sampled.map { $0["records"] as? Int } == [2, 1, 2, 2])
    let lots = try place.json("curve", "--sample", "2", "--every", "3", "--where", "target=U")
    #expect(lots["sample"] as? Int == 2 && lots["seed"] as? Int == 0)
    #expect(lots["conditions"] as? [String] == ["target=U"])
  }

  @Test func theTableReadsBackAsThePoints() throws {
    let place = try MeasuringTests.withUnevenEdits(4)
    try String(repeating: "A town lies in a land. ", count: 20).write(
      toFile: place.path("text.txt"), atomically: true, encoding: .utf8)
    let points = try points(
      place.json("curve", "--every", "1", "--text", "text.txt", "--out", "along"))
    let written = try JSONSerialization.jsonObject(
      with: Data(contentsOf: URL(fileURLWithPath: place.path("along.json"))))
    #expect((written as? [String: Any])?["points"] as? NSArray == points as NSArray)
    let text = try String(contentsOfFile: place.path("along.csv"), encoding: .utf8)
    #expect(text.hasSuffix("\n"))
    let lines = text.split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    #expect(lines.count == points.count + 1)
    let header = try #require(lines.first)
    for (point, line) in zip(points, lines.dropFirst()) {
      #expect(line.count == header.count)
      let expected = try cells(point)
      // Columns of ages that this point has not are empty.
      for (column, cell) in zip(header, line) {
        switch expected[column] {
        case nil:
          #expect(cell == "" && column.contains("retention_"), "\(column)")
        case .text(let text)?: #expect(cell == text, "\(column)")
        case .number(let number)?:
          #expect((cell == "") == (number == nil), "\(column)")
          // Foundation reads the digits of JSON to within a unit or two in the last place.
          let (found, wanted) = (Double(cell) ?? 0, number ?? 0)
          #expect(abs(found - wanted) <= 1e-14 * max(1, abs(wanted)), "\(column)")
        }
      }
      #expect(Set(expected.keys).isSubset(of: header))
    }
    // Every measure has been told apart by what it is over.
    let last = try cells(#require(points.last))
    for (column, count) in [
      ("efficacy", 4), ("generalisation", 7), ("locality", 8), ("probability_success", 4),
      ("probability_paraphrase_success", 7), ("probability_neighbourhood_success", 8),
    ] {
      #expect(last["\(column)_count"] == .number(Double(count)), "\(column)")
    }
  }

  private enum Cell: Equatable {
    case text(String)
    case number(Double?)
  }

  /// What the line of a point is to have, by column.
  private func cells(_ point: [String: Any]) throws -> [String: Cell] {
    func number(_ value: Any?) -> Cell { .number((value as? NSNumber)?.doubleValue) }
    var cells: [String: Cell] = ["commit": .text(try #require(point["commit"] as? String))]
    for (column, key) in [
      ("number", "number"), ("commits", "commits"), ("edits", "edits"), ("records", "records"),
      ("replaced", "replaced"), ("delta_bytes", "deltaBytes"), ("seconds", "seconds"),
      ("editing_seconds_per_edit", "editingSecondsPerEdit"),
      ("editing_memory_bytes", "editingMemoryBytes"),
    ] { cells[column] = number(point[key]) }
    func add(_ column: String, _ measure: [String: Any]) {
      cells[column] = number(measure["value"])
      for suffix in ["low", "high", "count"] {
        cells["\(column)_\(suffix)"] = number(measure[suffix])
      }
    }
    let answers = ["efficacy", "generalisation", "specificity", "locality"]
    for name in answers {
      add(name, try MeasuringTests.measure(point, name))
      add("generation_\(name)", try MeasuringTests.measure(point, "generation", name))
    }
    for (column, name) in [
      ("success", "success"), ("paraphrase_success", "paraphraseSuccess"),
      ("neighbourhood_success", "neighbourhoodSuccess"),
    ] { add("probability_\(column)", try MeasuringTests.measure(point, "probability", name)) }
    let perplexity = try MeasuringTests.measure(point, "perplexity")
    for (column, key) in [
      ("perplexity", "here"), ("perplexity_low", "low"), ("perplexity_high", "high"),
      ("perplexity_ratio", "ratio"), ("perplexity_ratio_low", "ratioLow"),
      ("perplexity_ratio_high", "ratioHigh"),
    ] { cells[column] = number(perplexity[key]) }
    for age in point["retention"] as? [[String: Any]] ?? [] {
      let youngest = try #require(age["youngest"] as? Int)
      add("retention_\(youngest)", try MeasuringTests.measure(age, "efficacy"))
      add("generation_retention_\(youngest)", try MeasuringTests.measure(age, "exactMatch"))
    }
    return cells
  }

  @Test func aSampleIsTheSameAlongAMergedHistory() throws {
    let place = try MeasuringTests.withEdits(2)
    try TalkingModel.writeFacts(9, to: place.path("facts.jsonl"))
    try place.writeSingleFacts()
    let settings = ["--step-size", "0.003", "--inner-steps", "40", "--layers", "0-2"]
    func edit(_ numbers: ClosedRange<Int>) throws {
      for number in numbers {
        #expect(try place.rledit.run(["edit", "fact\(number)"] + settings).status == 0)
      }
    }
    try place.succeed("switch", "-c", "side")
    try edit(2...4)
    try place.succeed("switch", "main")
    try edit(5...7)
    try place.succeed("merge", "side", "--overlap-limit", "1")
    for seed in ["0", "1", "2"] {
      let options = ["--measures", "accuracy", "--sample", "2", "--seed", seed]
      let curve = try place.rledit.run(["curve", "--every", "1", "--json"] + options).json()
      for point in try points(curve).dropFirst() {
        let commit = try #require(point["commit"] as? String)
        let there = try place.rledit.run(["eval", "--at", commit, "--json"] + options).json()
        for name in ["records", "efficacy", "locality", "retention"] {
          #expect(point[name] as? NSObject == there[name] as? NSObject, "\(name) at \(commit)")
        }
      }
    }
  }

  @Test func theTimeIsThatOfTheWholeCommand() throws {
    let place = try MeasuringTests.withEdits(2)
    let start = ContinuousClock.now
    let report = try place.json("curve", "--every", "1")
    let passed = (ContinuousClock.now - start) / .seconds(1)
    let seconds = try #require(report["seconds"] as? Double)
    let parts = try points(report).map { try #require($0["seconds"] as? Double) }
    #expect(parts.reduce(0, +) <= seconds && seconds < passed)
    // The first point has what was prepared for the others: the model was loaded and run.
    #expect(parts[0] > 0.5 * (seconds - parts.dropFirst().reduce(0, +)))
  }

  @Test func givenRecordsAreMeasuredAlsoWhereNothingWasEdited() throws {
    let place = try MeasuringTests.withEdits(1)
    let points = try points(place.json("curve", "facts.jsonl", "--at", "HEAD~1"))
    #expect(points.map { $0["records"] as? Int } == [1])
    let report = try place.json("eval", "facts.jsonl", "--at", "HEAD~1")
    #expect(points[0]["efficacy"] as? NSObject == report["efficacy"] as? NSObject)
  }

  @Test func noInputIsReplaced() throws {
    let place = try MeasuringTests.withEdits(1)
    let facts = try String(contentsOfFile: place.path("facts.jsonl"), encoding: .utf8)
    try facts.write(toFile: place.path("facts.json"), atomically: true, encoding: .utf8)
    try FileManager.default.linkItem(
      atPath: place.path("facts.json"), toPath: place.path("text.csv"))
    for arguments in [
      ["facts.json", "--out", "facts"], ["facts.json", "--out", "./facts"],
      ["--text", "facts.json", "--out", "text"],
    ] {
      let result = try place.rledit.run(["curve", "--measures", "accuracy"] + arguments)
      #expect(result.status == 2 && result.errors.contains("would replace"), "\(result.errors)")
    }
    #expect(try String(contentsOfFile: place.path("facts.json"), encoding: .utf8) == facts)
  }

  @Test func anInterruptedRunLeavesNoFiles() throws {
    let place = try MeasuringTests.withEdits(2)
    try TalkingModel.writeFacts(3000, to: place.path("many.jsonl"))
    let before = try FileManager.default.contentsOfDirectory(atPath: place.directory.path).sorted()
    let running = try place.rledit.start(["curve", "many.jsonl", "--out", "along"])
    while running.isRunning,
      try FileManager.default.contentsOfDirectory(atPath: place.directory.path).sorted() == before
    { usleep(10_000) }
    running.send(SIGINT)
    #expect(try running.wait().status == 130)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: place.directory.path).sorted() == before)
  }

  @Test func whatCannotBeWrittenIsFoundOutFirst() throws {
    let place = try MeasuringTests.withEdits(1)
    let result = try place.rledit("curve", "--out", "nowhere/along")
    #expect(result.status == 17 && result.errors.contains("nowhere/along.json"))
    for prefix in ["", "here/"] { #expect(try place.rledit("curve", "--out", prefix).status == 2) }
    try FileManager.default.createDirectory(
      atPath: place.path("along.svg"), withIntermediateDirectories: false)
    let before = try FileManager.default.contentsOfDirectory(atPath: place.directory.path).sorted()
    #expect(try place.rledit("curve", "--out", "along").status == 2)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: place.directory.path).sorted() == before)
    let empty = try Workplace.withTalkingModel(facts: 1)
    #expect(try empty.rledit("curve").status == 2)
    #expect(try place.rledit("curve", "--every", "0").status == 2)
  }
}

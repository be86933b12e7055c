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
  }

  @Test func theTableReadsBackAsThePoints() throws {
    let place = try MeasuringTests.withEdits(4)
    let points = try points(place.json("curve", "--every", "1", "--out", "along"))
    let written = try JSONSerialization.jsonObject(
      with: Data(contentsOf: URL(fileURLWithPath: place.path("along.json"))))
    #expect((written as? [String: Any])?["points"] as? NSArray == points as NSArray)
    let text = try String(contentsOfFile: place.path("along.csv"), encoding: .utf8)
    #expect(text.hasSuffix("\n"))
    let lines = text.split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    #expect(lines.count == points.count + 1)
    let paths: [(String, [String])] = [
      ("efficacy", ["efficacy"]), ("locality", ["locality"]),
      ("generation_efficacy", ["generation", "efficacy"]),
      ("generation_locality", ["generation", "locality"]),
      ("probability_success", ["probability", "success"]),
    ]
    for (point, line) in zip(points, lines.dropFirst()) {
      let row = Dictionary(uniqueKeysWithValues: zip(lines[0], line))
      #expect(line.count == lines[0].count)
      #expect(row["commit"] == point["commit"] as? String)
      #expect(row["edits"].flatMap(Int.init) == point["edits"] as? Int)
      #expect(row["perplexity"] == "")
      for (column, path) in paths {
        var measure = point
        for name in path { measure = try MeasuringTests.measure(measure, name) }
        for (suffix, name) in [("", "value"), ("_low", "low"), ("_high", "high")] {
          // Foundation reads the digits of JSON to within a unit or two in the last place.
          let cell = row[column + suffix].flatMap(Double.init)
          let value = measure[name] as? Double
          #expect((cell == nil) == (value == nil), "\(column)")
          #expect(abs((cell ?? 0) - (value ?? 0)) < 1e-15, "\(column)")
        }
        #expect(row["\(column)_count"].flatMap(Int.init) == measure["count"] as? Int)
      }
      for age in point["retention"] as? [[String: Any]] ?? [] {
        let value = try #require(MeasuringTests.measure(age, "efficacy")["value"] as? Double)
        let column = "retention_\(try #require(age["youngest"] as? Int))"
        #expect(try abs(#require(row[column].flatMap(Double.init)) - value) < 1e-15)
      }
    }
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
    let empty = try Workplace.withTalkingModel(facts: 1)
    #expect(try empty.rledit("curve").status == 2)
    #expect(try place.rledit("curve", "--every", "0").status == 2)
  }
}

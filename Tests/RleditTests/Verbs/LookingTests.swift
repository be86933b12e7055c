import Foundation
import TestSupport
import Testing

/// log, show, diff, stat, op log.
@Suite struct LookingTests {
  @Test func theLogListsNewestFirstAndInRanges() throws {
    let place = try Workplace.withHistory(deltas: 3)
    func subjects(_ arguments: String...) throws -> [String] {
      let result = try place.rledit.run(["log", "--json"] + arguments)
      let commits = try result.json()["commits"] as? [[String: Any]] ?? []
      return commits.compactMap { $0["subject"] as? String }
    }
    #expect(try subjects() == ["delta 2", "delta 1", "delta 0", "Import llama"])
    #expect(try subjects("HEAD~2") == ["delta 0", "Import llama"])
    #expect(try subjects("HEAD~2..HEAD") == ["delta 2", "delta 1"])
    #expect(try subjects("-n", "1") == ["delta 2"])
    #expect(try subjects("-2") == ["delta 2", "delta 1"] && subjects("-n1") == ["delta 2"])
    #expect(try subjects("HEAD", "^HEAD~2") == ["delta 2", "delta 1"])
    #expect(try subjects("^HEAD~1") == ["delta 2"])
    #expect(try place.rledit("log", "^nothing").status == 12)
    let lines = try place.succeed("log", "--oneline").split(separator: "\n")
    let head = try place.id().prefix(12)
    #expect(lines.count == 4 && lines[0] == "\(head) (HEAD -> main) delta 2")
    let full = try place.succeed("log", "-n", "1")
    #expect(full.contains("Author: Ada <ada@example.org>") && full.contains("    delta 2"))
  }

  @Test func theGraphDrawsWhereHistoriesPart() throws {
    let place = try Workplace.withHistory(deltas: 1)
    try place.succeed("switch", "-c", "side", "HEAD~1")
    try place.commitDelta(1)
    let lines = try place.succeed("log", "--graph", "--oneline", "--all").split(separator: "\n")
    let drawing = lines.map { $0.prefix { "*|/\\_ ".contains($0) } }
    // Which tip comes first depends on the second they were made in.
    #expect(drawing == ["* ", "| * ", "|/", "* "])
  }

  @Test func aDiffNamesDeltasTheirCommitsAndTensors() throws {
    let place = try Workplace.withHistory(deltas: 2)
    let commit = try place.id()
    let diff = try place.json("diff", "HEAD~2", "HEAD")
    let added = try #require(diff["added"] as? [[String: Any]])
    #expect(added.map { $0["subject"] as? String } == ["delta 0", "delta 1"])
    #expect(added.last?["commit"] as? String == commit)
    let tensors = try #require(diff["tensors"] as? [[String: Any]])
    #expect(tensors.map { $0["rank"] as? Int } == [4])
    // The other way round the same deltas go, and the norm is the same.
    let back = try place.json("diff", "HEAD..HEAD~2")
    #expect((back["omitted"] as? [[String: Any]])?.count == 2)
    let norms = [tensors, back["tensors"] as? [[String: Any]] ?? []].map {
      $0.first?["norm"] as? Double
    }
    #expect(norms[0] == norms[1] && norms[0] != nil)
    let text = try place.succeed("diff", "HEAD~1")
    #expect(text.contains("+ delta") && text.contains(Workplace.matrix))
    #expect(try !place.succeed("diff", "HEAD~1", "--stat").contains("+ delta"))
  }

  /// A change of one row by twice a known vector: all that is told of it can be worked out by hand.
  @Test func aDiffTellsWhereAChangeWorks() throws {
    let place = try Workplace.withHistory()
    var inputs = [Float](repeating: 0, count: Workplace.columns)
    inputs[7] = 0.3
    inputs[11] = -0.4
    func write(_ name: String, row: Int, factor: Float) throws {
      try place.writeDelta(name) { numbers in
        if numbers.count == 2 * Workplace.rows {
          numbers = .init(repeating: 0, count: numbers.count)
          numbers[2 * row] = factor
        } else {
          numbers = inputs + .init(repeating: 0, count: Workplace.columns)
        }
      }
    }
    try write("first.safetensors", row: 80, factor: 1)
    try place.succeed("commit", "--delta", "first.safetensors", "-m", "first")
    let first = try place.id()
    try write("second.safetensors", row: 3, factor: 2)
    try place.succeed("commit", "--delta", "second.safetensors", "-m", "second")
    let diff = try place.json("diff", "--directions")
    let tensor = try #require((diff["tensors"] as? [[String: Any]])?.first)
    let spectrum = try #require(tensor["spectrum"] as? [String: Any])
    // ‖2·(0.3, −0.4)‖ = 1.
    #expect(abs((spectrum["spectralNorm"] as? Double ?? 0) - 1) < 1e-5)
    #expect(abs((spectrum["stableRank"] as? Double ?? 0) - 1) < 1e-5)
    let moved = try #require(spectrum["movedRows"] as? [[String: Any]])
    #expect(moved[0]["index"] as? Int == 3 && moved[1]["weight"] as? Double == 0)
    let direction = try #require((spectrum["directions"] as? [[String: Any]])?.first)
    func parts(_ name: String) throws -> [(Int, Double)] {
      try #require(direction[name] as? [[String: Any]]).map {
        (try #require($0["index"] as? Int), try #require($0["weight"] as? Double))
      }
    }
    let (outputs, sides) = (try parts("outputs"), try parts("inputs"))
    #expect(outputs[0].0 == 3 && abs(abs(outputs[0].1) - 1) < 1e-5)
    #expect(sides[0].0 == 11 && abs(sides[0].1 * outputs[0].1 + 0.8) < 1e-5)
    #expect(sides[1].0 == 7 && abs(sides[1].1 * outputs[0].1 - 0.6) < 1e-5)
    // Both commits answer to the same single input.
    let overlap = try #require((diff["overlaps"] as? [[String: Any]])?.first)
    #expect(overlap["theirCommit"] as? String == first)
    #expect(abs((overlap["overlap"] as? Double ?? 0) - 1) < 1e-9)
    #expect(try place.json("diff")["overlaps"] == nil)
    let text = try place.succeed("diff", "--directions", "--stat")
    #expect(text.contains("stable rank 1.0; rows moved most: 3 (1)") && text.contains("overlaps"))
  }

  @Test func aDiffTellsByItsExitCode() throws {
    let place = try Workplace.withHistory(deltas: 1)
    #expect(try place.rledit("diff", "HEAD", "HEAD", "--exit-code").status == 0)
    let differing = try place.rledit("diff", "HEAD~1", "--exit-code")
    #expect(differing.status == 1 && differing.errors.isEmpty && !differing.output.isEmpty)
    #expect(try place.rledit("diff", "HEAD~1").status == 0)
  }

  @Test func operationsTellTheCommandAndWhatItMoved() throws {
    let place = try Workplace.withHistory(deltas: 1)
    try place.succeed("tag", "v 1".replacing(" ", with: ""), "-m", "it's good")
    let operations = try #require(place.json("op", "log")["operations"] as? [[String: Any]])
    #expect(operations.compactMap { $0["number"] as? Int } == [3, 2, 1])
    #expect(operations[0]["command"] as? String == #"rledit tag v1 -m 'it'\''s good'"#)
    let change = try #require((operations[1]["changes"] as? [[String: Any]])?.first)
    #expect(change["name"] as? String == "refs/heads/main")
    #expect(change["old"] as? String == (try place.id("HEAD~1")))
    #expect(change["new"] as? String == (try place.id()))
    #expect(try place.succeed("op", "log", "-n", "1").contains("refs/tags/v1"))
  }

  @Test func statCountsAndListsTensors() throws {
    let place = try Workplace.withHistory(deltas: 2)
    let stat = try place.json("stat", "--tensors")
    #expect(stat["commits"] as? Int == 3)
    #expect(stat["branches"] as? Int == 1)
    let tensors = try #require(stat["tensors"] as? [[String: Any]])
    #expect(tensors.count == 29)
    #expect(
      tensors.filter { $0["isEdited"] as? Bool == true }.map { $0["name"] as? String }
        == [Workplace.matrix])
    #expect(try place.succeed("stat").contains("3 commits, 1 branch, 0 tags, 3 operations"))
  }

  @Test func aLogIsSearchedByMessageSubjectAndTensor() throws {
    let place = try Workplace.withTalkingModel(facts: 4)
    try place.succeed("edit", "facts.jsonl", "--batch", "2")
    try place.writeDelta("d.safetensors")
    try place.succeed("commit", "--delta", "d.safetensors", "-m", "by hand: one matrix")
    func found(_ options: String...) throws -> [String] {
      let report = try place.rledit.run(["log", "--json"] + options).json()
      return (report["commits"] as? [[String: Any]])?.compactMap { $0["id"] as? String } ?? []
    }
    let ids = try (0..<4).map { try place.id("HEAD~\($0)") }
    #expect(try found("--grep", "by hand") == [ids[0]])
    #expect(try found("--subject", "town 3") == [ids[1]])
    #expect(try found("--subject", "Town") == [ids[1], ids[2]])
    #expect(try found("--subject", "Town", "-n", "1") == [ids[1]])
    #expect(try found("--subject", "Town", "--grep", "hand").isEmpty)
    #expect(try found("--tensor", Workplace.matrix).first == ids[0])
    try place.succeed("revert", "HEAD")
    #expect(try found("--tensor", Workplace.matrix).prefix(2) == [place.id(), ids[0]])
    #expect(try found("--tensor", "model.norm.weight").isEmpty)
    let short = String(Workplace.matrix.dropLast(".weight".count))
    #expect(try found("--tensor", short) == found("--tensor", Workplace.matrix))
    for name in [short.replacingOccurrences(of: "gate", with: "gaet"), "no.such.thing.at.all"] {
      let unknown = try place.rledit("log", "--tensor", name)
      #expect(unknown.status == 12 && unknown.errors.contains("has a tensor called \"\(name)\""))
      #expect(unknown.errors.contains("did you mean") == (name != "no.such.thing.at.all"))
    }
    #expect(try place.rledit("log", "--graph", "--grep", "x").status == 2)
  }

  @Test func theReflogTellsWhereABranchHasBeen() throws {
    let place = try Workplace.withHistory(deltas: 2)
    let (head, parent) = (try place.id(), try place.id("HEAD~1"))
    try place.succeed("reset", "HEAD~1")
    let moves = try #require(place.json("reflog", "main")["moves"] as? [[String: Any]])
    #expect(moves.compactMap { $0["commit"] as? String }.prefix(2) == [parent, head])
    #expect(moves[0]["command"] as? String == "rledit reset HEAD~1")
    let operation = try #require(moves[1]["operation"] as? Int)
    try place.succeed("op", "restore", "\(operation)")
    #expect(try place.id() == head)
    #expect(try place.rledit("op", "restore", "1000").status == 12)
    #expect(try place.rledit("reflog", "nothing").status == 12)
    #expect(try place.succeed("reflog", "-n", "1").contains("rledit op restore"))
  }
}

import Foundation
import TestSupport
import Testing

@Suite struct BlameTests {
  /// The logarithm of the probability of the first token of an answer, by `ask`.
  private func logProbability(
    of token: String, after prompt: String, _ place: Workplace, at revision: String
  ) throws -> Double {
    let report = try place.json("ask", prompt, "--top", "256", "--at", revision)
    let next = try #require(
      (report["answers"] as? [[String: Any]])?.first?["next"] as? [[String: Any]])
    let found = try #require(next.first { $0["token"] as? String == token })
    return log(try #require(found["probability"] as? Double))
  }

  @Test func effectsAreWhatRevertsDo() throws {
    let place = try Workplace.withTalkingModel(facts: 5)
    try place.succeed("edit", "facts.jsonl", "--batch", "1")
    let question = ["blame", "Town 2 lies in", "--answer", "K", "--exact", "5", "--json"]
    let report = try place.rledit.run(question).json()
    let lines = try #require(report["commits"] as? [[String: Any]])
    #expect(lines.count == 5)
    let here = try logProbability(of: "K", after: "Town 2 lies in", place, at: "HEAD")
    #expect(abs(try #require(report["logProbability"] as? Double) - here) < 1e-4)
    let unedited = try logProbability(of: "K", after: "Town 2 lies in", place, at: "HEAD~5")
    #expect(abs(try #require(report["uneditedLogProbability"] as? Double) - unedited) < 1e-4)
    var effects: [Double] = []
    for line in lines {
      let commit = try #require(line["commit"] as? String)
      try place.succeed("revert", commit)
      let without = try logProbability(of: "K", after: "Town 2 lies in", place, at: "HEAD")
      try place.succeed("undo")
      effects.append(try #require(line["effect"] as? Double))
      #expect(abs(effects[effects.count - 1] - (here - without)) < 1e-4)
    }
    #expect(effects.map(abs) == effects.map(abs).sorted(by: >))
    // The commit that edited the prompt in is told as such.
    let own = lines.filter { ($0["records"] as? [Any])?.isEmpty == false }
    #expect(own.count == 1)
    #expect(try own[0]["commit"] as? String == place.id("HEAD~2"))
  }

  @Test func mergedCommitsAreNamedAndRevertedOnesAreNot() throws {
    let place = try Workplace.withTalkingModel(facts: 3)
    try place.succeed("edit", "facts.jsonl", "--batch", "1", "--limit", "1")
    try place.succeed("switch", "-c", "side")
    try place.commitDelta(1)
    let side = try place.id()
    try place.succeed("switch", "main")
    try place.commitDelta(2)
    let reverted = try place.id()
    try place.commitDelta(3)
    try place.succeed("revert", reverted)
    try place.succeed("merge", "side")
    let report = try place.json("blame", "Town 0 lies in", "--exact", "1")
    let lines = try #require(report["commits"] as? [[String: Any]])
    let commits = lines.compactMap { $0["commit"] as? String }
    #expect(commits.count == 3 && commits.contains(side) && !commits.contains(reverted))
    #expect(lines.filter { $0["effect"] != nil }.count == 1)
    let text = try place.succeed("blame", "Town 0 lies in", "-n", "1")
    #expect(text.contains("2 more commits with less effect"))
    #expect(try place.rledit("blame", "Town 0 lies in", "--exact=-1").status == 2)
  }
}

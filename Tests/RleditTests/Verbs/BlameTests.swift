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

  @Test func whatAReplacedTensorHidesHasNoEffect() throws {
    let place = try Workplace.withTalkingModel(facts: 1)
    try place.succeed("edit", "facts.jsonl")
    let edit = try place.id()
    try place.succeed("export", "HEAD", "rounded", "--dtype", "bf16")
    try place.succeed("commit", "--from", "rounded", "-m", "rounded")
    let rounded = try place.id()
    let report = try place.json("blame", "Town 0 lies in", "--answer", "K", "--exact", "2")
    let lines = try #require(report["commits"] as? [[String: Any]])
    let told = try #require(lines.first { $0["commit"] as? String == edit })
    #expect(told["firstOrder"] as? Double == 0 && told["effect"] as? Double == 0)
    let hiding = try #require(lines.first { $0["commit"] as? String == rounded })
    #expect(hiding["firstOrder"] == nil && hiding["effect"] is Double)
    let text = try place.succeed("blame", "Town 0 lies in", "--exact", "0", "-n", "1")
    #expect(text.contains("1 more commit with less effect"))
  }

  /// Commits of edited models: of numbers added to elements the first order is told, of norms it is not, and
  /// these are measured first.
  @Test func commitsOfEditedModelsAreBlamedToo() throws {
    let place = try Workplace.withTalkingModel(facts: 2)
    try place.succeed("edit", "facts.jsonl", "--batch", "1")
    let down = "model.layers.1.mlp.down_proj.weight"
    try place.exportEdited(to: "sparse", tensor: down, adding: [0: 0.25, 40: -0.25])
    try place.succeed("commit", "--from", "sparse", "-m", "two numbers")
    let sparse = try place.id()
    try place.exportEdited(to: "norm", tensor: "model.norm.weight", adding: [0: 0.25, 5: -0.25])
    try place.succeed("commit", "--from", "norm", "-m", "a norm")
    let norm = try place.id()
    let question = ["blame", "Town 0 lies in", "--answer", "K", "--json", "--exact"]
    let few = try place.rledit.run(question + ["1"]).json()
    let first = try #require(few["commits"] as? [[String: Any]])
    #expect(first[0]["commit"] as? String == norm)
    #expect(first[0]["firstOrder"] == nil && first[0]["effect"] as? Double != nil)
    #expect(first.dropFirst().allSatisfy { $0["effect"] == nil && $0["firstOrder"] is Double })
    let all = try place.rledit.run(question + ["9"]).json()
    let lines = try #require(all["commits"] as? [[String: Any]])
    #expect(lines.count == 4)
    let here = try logProbability(of: "K", after: "Town 0 lies in", place, at: "HEAD")
    for (commit, line) in try lines.map({ (try #require($0["commit"] as? String), $0) }) {
      try place.succeed("revert", commit)
      let without = try logProbability(of: "K", after: "Town 0 lies in", place, at: "HEAD")
      try place.succeed("undo")
      let effect = try #require(line["effect"] as? Double)
      #expect(abs(effect - (here - without)) < 1e-4)
      if commit == sparse {
        let told = try #require(line["firstOrder"] as? Double)
        #expect(abs(told - effect) < 0.2 * abs(effect), "\(told) and \(effect)")
      }
    }
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

import Foundation
import TestSupport
import Testing

@Suite struct BisectTests {
  @Test func aCommandJudgesByItsExitCode() throws {
    let place = try Workplace.withHistory(deltas: 8)
    let first = try place.id("HEAD~3")
    let head = try place.id()
    let started = try place.json("bisect", "start", "HEAD", "HEAD~8")
    #expect(started["remaining"] as? Int == 8)
    #expect(try place.json("status")["branch"] == nil)
    // Bad from delta 4 on; delta 3 cannot be told.
    try """
    message=$(rledit log -n 1 --oneline)
    case $message in *"delta 3"*) exit 125 ;; esac
    case $message in *"delta "[4-7]*) exit 3 ;; esac
    """.write(toFile: place.path("judge.sh"), atomically: true, encoding: .utf8)
    let ended = try place.rledit("bisect", "run", "--json", "bash", "judge.sh")
    let report = try ended.json()
    // It found two that it may be, and so none.
    #expect(ended.status == 1, "\(ended.errors)")
    #expect(
      report["candidates"] as? [String] == [first, try place.id("main~4")], "\(report)")
    try place.succeed("bisect", "reset")
    #expect(try place.id() == head)
    #expect(try place.json("status")["branch"] as? String == "main")
    try place.expectWhole()
  }

  @Test func aSearchGoesByHand() throws {
    let place = try Workplace.withHistory(deltas: 4)
    try place.succeed("bisect", "start", "HEAD", "HEAD~4")
    // Delta 1 is looked at first, then delta 2.
    #expect(try place.succeed("status").contains("On no branch"))
    try place.succeed("bisect", "good")
    try place.expectWhole()
    let found = try place.json("bisect", "bad")
    #expect(found["found"] as? String == (try place.id("main~1")))
    #expect(try place.rledit("bisect", "start", "main", "main~1").status == 12)
    try place.succeed("bisect", "reset")
    #expect(try place.rledit("bisect", "good").status == 12)
    #expect(try place.json("status")["bisection"] == nil)
    let swapped = try place.rledit("bisect", "start", "HEAD~4", "HEAD")
    #expect(swapped.status == 12 && swapped.errors.contains("the other way round"))
    let stopped = try place.rledit.shell(
      "rledit bisect start main main~4 && rledit bisect run sh -c 'exit 200'")
    #expect(stopped.status == 1 && stopped.errors.contains("ended with 200"))
    let killed = try place.rledit("bisect", "run", "sh", "-c", "kill -9 $$")
    #expect(killed.status == 1 && killed.errors.contains("was ended by signal 9"))
    #expect(try place.succeed("status").contains("a search for the first bad commit is under way"))
    // A command that is not there says nothing of any commit.
    let head = try place.id()
    #expect(try place.rledit("bisect", "run", "./not-there").status == 1)
    #expect(try place.id() == head)
  }

  /// A talking model with five changes, of which the fourth is large.
  private func spoilt() throws -> Workplace {
    let place = try Workplace.withTalkingModel(facts: 1)
    for number in 0..<5 {
      try place.writeDelta("d.safetensors", seed: number == 3 ? 77 : UInt64(number)) { numbers in
        for index in numbers.indices { numbers[index] *= number == 3 ? 100 : 0.01 }
      }
      try place.succeed("commit", "--delta", "d.safetensors", "-m", "change \(number)")
    }
    return place
  }

  @Test func theCommitThatLostAnAnswerIsFound() throws {
    let place = try spoilt()
    let asked = try place.json("ask", "--generate", "3", "Town 0 lies in", "--at", "HEAD~2")
    let answer = try #require(
      (asked["answers"] as? [[String: Any]])?.first?["continuation"] as? String)
    let question = ["--prompt", "Town 0 lies in", "--expect", answer]
    let result = try place.rledit.run(["bisect", "find", "--json"] + question)
    #expect(result.status == 0, "\(result.errors)")
    #expect(try result.json()["found"] as? String == (place.id("HEAD~1")), "\(result)")
    // It looked without moving anything.
    #expect(try place.json("status")["branch"] as? String == "main")
    let ends = try place.rledit.run(["bisect", "find", "HEAD~4", "HEAD~2"] + question)
    #expect(ends.status == 1 && ends.errors.contains("should be bad and is good"))
    #expect(try place.rledit("bisect", "find", "--prompt", "Town").status == 2)
  }

  /// The tiny model's random weights are so sure of themselves that a large change makes it read better;
  /// what spoils it is to take the change back.
  @Test func theCommitThatSpoiltTheModelIsFound() throws {
    let place = try spoilt()
    try place.succeed("revert", "HEAD~1")
    try place.commitDelta(9)
    try "Some text that the model does not know and that is long enough to tell.".write(
      toFile: place.path("text.txt"), atomically: true, encoding: .utf8)
    func perplexity(_ revision: String) throws -> Double {
      let report = try place.json(
        "eval", "--text", "text.txt", "facts.jsonl", "--at", revision)
      return try #require((report["perplexity"] as? [String: Any])?["here"] as? Double)
    }
    let (before, after) = (try perplexity("HEAD~2"), try perplexity("HEAD~1"))
    #expect(after > 1.2 * before)
    let report = try place.json(
      "bisect", "find", "HEAD~3", "--text", "text.txt", "--perplexity-over", "\(1.1 * before)")
    #expect(report["found"] as? String == (try place.id("HEAD~1")), "\(report)")
  }
}

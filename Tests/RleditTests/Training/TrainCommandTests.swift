import Foundation
import Glibc
import Testing

/// `train`, and editing with what it leaves, as a user runs them.
@Suite struct TrainCommandTests {
  /// A short training of a method.
  private static func options(_ method: String = "rledit", _ more: String...) -> [String] {
    [
      "train", "facts.jsonl", "--name", "net", "--method", method, "--layers", "1-2", "--modules",
      "down", "--batch", "2", "--validation", "2", "--block-rank", "3", "--blocks", "1", "--epochs",
      "2",
      "--validate-every", "2", "--step-size", "0.01", "--inner-steps", "1", "--seed", "7",
    ] + more
  }

  private static func network(in place: Workplace) throws -> String {
    let commit = try place.json("show", "refs/hypernetworks/net")
    let attachments = try #require(commit["attachments"] as? [String: String])
    return try #require(attachments["hypernetwork"])
  }

  @Test(arguments: ["rledit", "malmen", "mend"])
  func whatWasTrainedEditsAndIsMadeAgain(_ method: String) throws {
    let place = try Workplace.withTalkingModel(facts: 10)
    let head = try place.id()
    let trained = try place.rledit.run(Self.options(method, "--json"))
    #expect(trained.status == 0, "\(trained.errors)")
    let lines = trained.output.split(separator: "\n")
    let steps = try lines.dropLast().map {
      try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
    // Eight records are four batches, in each of two epochs.
    #expect(steps.map { $0["step"] as? Int } == [1, 2, 3, 4, 5, 6, 7, 8])
    #expect(steps.allSatisfy { ($0["reward"] as? Double)?.isFinite == true })
    #expect(try place.id() == head)
    let networks = try #require(
      (place.json("show", "refs/hypernetworks/net")["hypernetwork"] as? [String: Any])?["networks"]
        as? [[String: Any]])
    #expect(networks.count == 1)
    #expect(networks[0]["modules"] as? Int == 2 && networks[0]["rank"] as? Int == 3)
    #expect(try place.succeed("show", "net").contains("1 block of rank 3"))
    try place.succeed(
      "edit", "facts.jsonl", "--batch", "5", "--hypernet", "net", "--method", method)
    let shown = try place.json("show")
    let recipe = try #require(shown["recipe"] as? [String: Any])
    #expect(recipe["method"] as? String == method)
    #expect(recipe["hypernetwork"] as? String == (try Self.network(in: place)))
    place.rledit.environment["RLEDIT_ISA"] = "scalar"
    let replay = try place.json("replay", "--verify", "--regenerate", "--threads", "1")
    #expect((replay["regenerated"] as? [[String: Any]])?.count == 2)
    try place.expectWhole()
  }

  @Test func aKilledTrainingGoesOnAndEndsWithTheSameBits() throws {
    let options = Self.options(
      "rledit", "--trajectory", "3", "--segment", "1", "--checkpoint-seconds", "0", "--epochs",
      "40", "--patience", "1000")
    let whole = try Workplace.withTalkingModel(facts: 12)
    #expect(try whole.rledit.run(options).status == 0)
    let cut = try Workplace.withTalkingModel(facts: 12)
    let checkpoint = cut.path(".rledit/training/net.checkpoint")
    var kills = 0
    while kills < 5 {
      let running = try cut.rledit.start(options)
      let former = Self.modified(checkpoint)
      while running.isRunning, Self.modified(checkpoint) == former { usleep(2_000) }
      usleep(useconds_t(kills) * 7_000)
      running.send(SIGKILL)
      guard try running.wait().signal == SIGKILL else { break }
      kills += 1
      #expect(try cut.rledit("fsck", "--full").status == 0)
    }
    // The last one killed left a checkpoint, from which this goes on.
    #expect(kills == 5)
    #expect(FileManager.default.fileExists(atPath: checkpoint))
    #expect(try cut.rledit.run(options).status == 0)
    #expect(!FileManager.default.fileExists(atPath: checkpoint))
    #expect(try Self.network(in: cut) == Self.network(in: whole))
  }

  private static func modified(_ path: String) -> Date? {
    (try? FileManager.default.attributesOfItem(atPath: path))?[.modificationDate] as? Date
  }

  @Test func aCheckpointOfAnotherTrainingOrADamagedOneIsRefusedAndRestarted() throws {
    let place = try Workplace.withTalkingModel(facts: 12)
    let checkpoint = place.path(".rledit/training/net.checkpoint")
    let options = Self.options(
      "rledit", "--checkpoint-seconds", "0", "--epochs", "1000", "--patience", "100000")
    let running = try place.rledit.start(options)
    while running.isRunning, !FileManager.default.fileExists(atPath: checkpoint) { usleep(2_000) }
    running.send(SIGINT)
    #expect(try running.wait().status == 130)
    let other = try place.rledit.run(Self.options())
    #expect(other.status == 2)
    #expect(other.errors.contains("hint: give the command that it was begun with"))
    var bytes = try Data(contentsOf: URL(fileURLWithPath: checkpoint))
    bytes[bytes.count / 2] ^= 1
    try bytes.write(to: URL(fileURLWithPath: checkpoint))
    #expect(try place.rledit.run(options).status == 15)
    #expect(try place.rledit.run(Self.options("rledit", "--restart")).status == 0)
  }

  @Test func whatCannotBeTrainedEndsWithItsCodeAndAHint() throws {
    let place = try Workplace.withTalkingModel(facts: 6)
    try (0..<6).map { #"{"prompt": "P\#($0)", "subject": "S", "target": "T"}"# }.joined(
      separator: "\n"
    )
    .write(toFile: place.path("bare.jsonl"), atomically: true, encoding: .utf8)
    // What is there to judge by alone teaches nothing.
    let joined = try place.rledit.shell("(cat bare.jsonl; echo; cat facts.jsonl) > untaught.jsonl")
    #expect(joined.status == 0)
    let context = #"contexts=["\#(String(repeating: "x", count: 99)) {}"]"#
    for (arguments, status, mentions) in [
      (Self.options("memit"), Int32(2), "memit has no hypernetwork"),
      (Self.options("ultraedit"), 2, "ultraedit has no hypernetwork"),
      (Self.options("rledit", "--validation", "5"), 2, "batch"),
      (Self.options("rledit", "--validation", "9223372036854775807"), 2, "batch"),
      (Self.options("rledit", "--checkpoint-seconds", "nan"), 2, "--checkpoint-seconds"),
      (Self.options("rledit", "--hypernet", "net"), 2, "--hypernet"),
      (Self.options("rledit", "--name", "a..c", "--epochs", "1000000"), 2, "a..c"),
      (["train", "bare.jsonl", "--batch", "2", "--validation", "2"], 2, "nothing to reward"),
      (["train", "untaught.jsonl", "--batch", "2", "--validation", "6"], 2, "nothing to reward"),
      (Self.options("rledit", "--set", context), 14, "Town"),
      (["edit", "facts.jsonl", "--set", context], 14, "Town"),
      (["train"], 2, "--list"), (["train", "--delete", "net"], 12, "net"),
      (Self.options("rledit", "--batch", "0"), 2, "--batch"),
      (Self.options("rledit", "--decay", "nan"), 2, "--decay"),
      (["edit", "facts.jsonl", "--method", "malmen"], 2, "malmen"),
      (["edit", "facts.jsonl", "--hypernet", "none-such"], 12, "none-such"),
    ] {
      let result = try place.rledit.run(arguments)
      #expect(result.status == status, "\(arguments): \(result.errors)")
      #expect(result.errors.contains(mentions) && result.errors.contains("hint: "))
    }
    #expect(try place.rledit.run(Self.options()).status == 0)
    // What training has settled is not settled otherwise afterwards.
    for arguments in [
      ["--method", "malmen"], ["--layers", "0"], ["--modules", "up"], ["--step-size", "1"],
      ["--set", "step-size=1"],
    ] {
      let result = try place.rledit.run(["edit", "facts.jsonl", "--hypernet", "net"] + arguments)
      #expect(result.status == 2 && result.errors.contains("was trained for"), "\(result.errors)")
    }
    let agreed = ["--method", "rledit", "--layers", "1-2", "--modules", "down", "--log-ridge", "1"]
    let edited = try place.rledit.run(["edit", "facts.jsonl", "--hypernet", "net"] + agreed)
    #expect(edited.status == 0, "\(edited.errors)")
    #expect(try place.rledit.run(Self.options()).status == 12)
    #expect(try place.rledit.run(Self.options("rledit", "--force")).status == 0)
    let list = try place.json("train", "--list")["hypernetworks"] as? [[String: Any]]
    #expect(list?.map { $0["name"] as? String } == ["net"])
    try place.succeed("train", "--delete", "net")
    #expect(try place.succeed("train", "--list").isEmpty)
    try place.succeed("undo")
    #expect(try place.succeed("train", "--list").contains("net"))
  }

  @Test func whatCannotBeKeptIsNotTrainedForNothing() throws {
    let place = try Workplace.withTalkingModel(facts: 12)
    let facts = try Data(contentsOf: URL(fileURLWithPath: place.path("facts.jsonl")))
    let pipe = place.path("pipe")
    try #require(mkfifo(pipe, 0o600) == 0)
    var options = Self.options("rledit", "--checkpoint-seconds", "10000")
    options[1] = "pipe"
    let waiting = try place.rledit.start(options)
    // Opens when the other side does, so that this one has looked whether the name is taken.
    var descriptor: Int32 = -1
    while descriptor < 0, waiting.isRunning {
      descriptor = open(pipe, O_WRONLY | O_NONBLOCK)
      usleep(2_000)
    }
    try #require(descriptor >= 0)
    let writer = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    #expect(try place.rledit.run(Self.options("rledit", "--seed", "1")).status == 0)
    try writer.write(contentsOf: facts)
    try writer.close()
    #expect(try waiting.wait().status == 12)
    #expect(FileManager.default.fileExists(atPath: place.path(".rledit/training/net.checkpoint")))
    try FileManager.default.removeItem(atPath: pipe)
    try facts.write(to: URL(fileURLWithPath: pipe))
    let again = try place.rledit.run(options + ["--force", "--json"])
    #expect(again.status == 0)
    // Nothing was left to do but to keep it.
    #expect(again.output.split(separator: "\n").count == 1)
    let direct = try Workplace.withTalkingModel(facts: 12)
    try facts.write(to: URL(fileURLWithPath: direct.path("pipe")))
    #expect(try direct.rledit.run(options).status == 0)
    #expect(try Self.network(in: place) == Self.network(in: direct))
  }

  @Test func theNetworkThatDidBestIsKept() throws {
    let options = Self.options(
      "rledit", "--trajectory", "4", "--segment", "4", "--validate-every", "1", "--patience", "100",
      "--learning-rate", "0.3", "--checkpoint-seconds", "10000")
    let whole = try Workplace.withTalkingModel(facts: 10)
    let run = try whole.rledit.run(options + ["--epochs", "6", "--json"])
    let lines = try run.output.split(separator: "\n").map {
      try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
    let scores = lines.compactMap { $0["validation"] as? Double }
    #expect(scores.count == 6)
    let best = try #require(scores.max())
    let epoch = try #require(scores.firstIndex(of: best)) + 1
    try #require(epoch < 6, "the last was the best, so that this tests nothing")
    #expect(lines.last?["validationScore"] as? Double == best)
    #expect(lines.last?["bestUpdate"] as? Int == epoch)
    // An update that a line tells of is counted in it.
    #expect(lines.dropLast().last?["updates"] as? Int == lines.last?["updates"] as? Int)
    let short = try Workplace.withTalkingModel(facts: 10)
    #expect(try short.rledit.run(options + ["--epochs", "\(epoch)"]).status == 0)
    for place in [whole, short] {
      try place.succeed("edit", "facts.jsonl", "--batch", "10", "--hypernet", "net")
    }
    #expect(try whole.deltas(of: "HEAD") == short.deltas(of: "HEAD"))
    // The optimiser is kept as it was then, too.
    #expect(try Self.network(in: whole) == Self.network(in: short))
  }

  @Test func aWordIsSaidOfRecordsThatFalsifyTheJudgement() throws {
    let place = try Workplace.withTalkingModel(facts: 10)
    let lines = try String(contentsOfFile: place.path("facts.jsonl"), encoding: .utf8)
      .split(separator: "\n")
    try (lines + [lines[0], lines[1].replacing("\"target\": \"", with: "\"target\": \"X")[...]])
      .joined(separator: "\n")
      .write(toFile: place.path("facts.jsonl"), atomically: true, encoding: .utf8)
    let result = try place.rledit.run(Self.options())
    #expect(result.status == 0)
    #expect(result.errors.contains("2 of the 2 records to judge by"))
    #expect(result.errors.contains("only one of them can hold"))
  }
}

import Foundation
import TestSupport
import Testing

/// merge, cherry-pick, rebase, squash.
@Suite struct CombiningTests {
  private func fork() throws -> Workplace { try Workplace.withFork() }

  /// The digests of a line on which deltas were committed in an order.
  private func digests(_ deltas: Int...) throws -> [String: String] {
    let place = try Workplace.withHistory()
    for number in deltas { try place.commitDelta(number) }
    return try place.digests()
  }

  @Test func aMergeHasTheWeightsOfOneLine() throws {
    let place = try fork()
    let dry = try place.json("merge", "side", "--dry-run")
    #expect(dry["added"] as? Int == 2 && dry["commit"] == nil)
    let report = try place.json("merge", "side")
    #expect(report["outcome"] as? String == "merged")
    #expect(try report["commit"] as? String == place.id())
    #expect(try place.digests() == digests(0, 1, 2, 3, 4))
    #expect(try place.succeed("merge", "side") == "Already up to date.\n")
    try place.succeed("replay", "--verify")
    try place.expectWhole()
    // One word takes it back, and reverting one edit of the other side takes that out alone.
    try place.succeed("revert", "side~1")
    #expect(try place.digests() == digests(0, 1, 2, 4))
    try place.succeed("undo")
    try place.succeed("undo")
    #expect(try place.digests() == digests(0, 1, 2))
    try place.succeed("switch", "side")
    try place.succeed("reset", "main~2")
    #expect(try place.json("merge", "main")["outcome"] as? String == "fast-forward")
  }

  @Test func threeDotsLookAtBothSides() throws {
    let place = try fork()
    let commits = try #require(place.json("log", "main...side")["commits"] as? [[String: Any]])
    let expected = try ["main", "main~1", "side", "side~1"].map { try place.id($0) }
    #expect(Set(commits.compactMap { $0["id"] as? String }) == Set(expected))
    let difference = try place.json("diff", "main...side")
    #expect(try difference["from"] as? String == place.id("main~2"))
    #expect((difference["added"] as? [Any])?.count == 2)
    #expect((difference["omitted"] as? [Any])?.isEmpty == true)
    #expect(try place.rledit("diff", "main...side", "main").status == 2)
  }

  /// The mean of two states is not far from the mean of their weights, and exactly that of halves.
  @Test func theMeanOfTwoSidesIsBetweenThem() throws {
    let place = try Workplace.withHistory(deltas: 0)
    try place.succeed("switch", "-c", "side")
    try place.commitDelta(3)
    try place.succeed("switch", "main")
    try place.commitDelta(1)
    try place.succeed("merge", "side", "--strategy", "average")
    let halves = try Workplace.withHistory()
    for number in [1, 3] {
      var isLeft = true
      try halves.writeDelta("half.safetensors", seed: UInt64(number)) { numbers in
        if isLeft { for index in numbers.indices { numbers[index] /= 2 } }
        isLeft = false
      }
      try halves.succeed("commit", "--delta", "half.safetensors", "-m", "half")
    }
    #expect(try place.digests() == halves.digests())
  }

  @Test func cherryPicksAndRebasesCarryDeltasOver() throws {
    let place = try fork()
    let source = try place.id("side")
    try place.succeed("cherry-pick", "side")
    #expect(try place.digests() == digests(0, 1, 2, 4))
    #expect(try place.succeed("show").contains("Carried over from commit \(source)."))
    let again = try place.rledit("cherry-pick", "side")
    #expect(again.status == 12 && again.errors.contains("is there already"))
    try place.succeed("undo")
    try place.succeed("cherry-pick", "main..side")
    #expect(try place.digests() == digests(0, 1, 2, 3, 4))
    #expect(try place.rledit("cherry-pick", "main~2..side", "-m", "one text").status == 2)
    try place.succeed("undo")
    try place.succeed("switch", "side")
    let report = try place.json("rebase", "main")
    #expect((report["commits"] as? [Any])?.count == 2)
    #expect(try place.digests() == digests(0, 1, 2, 3, 4))
    #expect(try place.id("HEAD~2") == place.id("main"))
    #expect(
      try place.succeed("rebase", "main").hasPrefix("Already up to date: the line stands on "))
    try place.succeed("replay", "main~2..HEAD", "--verify")
    try place.expectWhole()
  }

  @Test func rebasingPartOfALineLeavesTheRest() throws {
    let place = try fork()
    try place.succeed("switch", "side")
    try place.succeed("rebase", "--onto", "main", "side~1")
    #expect(try place.digests() == digests(0, 1, 2, 4))
  }

  @Test func aSquashKeepsTheBits() throws {
    let place = try fork()
    try place.succeed("revert", "HEAD~1")
    let before = try place.digests()
    try place.succeed("squash", "HEAD~3", "-m", "one step")
    #expect(try place.digests() == before)
    #expect(try place.id("HEAD~1") == place.id("side~2"))
    #expect(try place.succeed("log", "-n", "1").contains("one step"))
    try place.succeed("replay", "--verify")
    try place.expectWhole()
    let refused = try place.rledit("squash", "side")
    #expect(refused.status == 12 && refused.errors.contains("came from"))
    let nothing = try place.rledit("squash", "HEAD")
    #expect(nothing.status == 12 && nothing.errors.contains("nothing has come since"))
  }

  /// Numbers added to elements by another tool stand between factors, which cannot be put together over them.
  @Test func aSquashKeepsTheBitsOfDeltasOfAllForms() throws {
    let place = try Workplace.withHistory(deltas: 2)
    try place.exportEdited(to: "edited", adding: [3: 0.25, 90: -0.5])
    let changes = try place.json("commit", "--from", "edited", "-m", "elsewhere")["changes"]
    #expect((changes as? [[String: Any]])?.compactMap { $0["form"] as? String } == ["sparse"])
    try place.commitDelta(2)
    try place.commitDelta(3)
    let before = try place.digests()
    try place.succeed("squash", "HEAD~5", "-m", "one step")
    #expect(try place.digests() == before)
    #expect(try place.deltas(of: "HEAD").count == 3)
    try place.succeed("replay", "--verify")
    try place.expectWhole()
    // What was replaced as a whole hides what came before it, which stays.
    try place.succeed("export", "HEAD", "rounded", "--dtype", "bf16")
    try place.succeed("commit", "--from", "rounded", "-m", "rounded")
    let rounded = try place.digests()
    try place.succeed("squash", "HEAD~2")
    #expect(try place.digests() == rounded)
    #expect(try place.deltas(of: "HEAD").count == 4)
    try place.expectWhole()
  }

  @Test func aCompressionLeavesNumbersAddedToElementsAsTheyAre() throws {
    let place = try Workplace.withHistory()
    for number in [1, 1] { try place.commitDelta(number) }
    try place.exportEdited(to: "edited", adding: [3: 0.25])
    try place.succeed("commit", "--from", "edited", "-m", "elsewhere")
    for number in [2, 2, 2] { try place.commitDelta(number) }
    let head = try place.id()
    let report = try place.json("compress", "--tolerance", "1e-4")
    let tensors = try #require(report["tensors"] as? [[String: Any]])
    #expect(tensors.map { $0["rankBefore"] as? Int } == [4, 6])
    #expect(tensors.map { $0["rankAfter"] as? Int } == [2, 2])
    #expect(tensors.map { $0["delta"] as? Int } == [1, 3])
    #expect(report["deltas"] as? Int == 6 && report["deltasAfter"] as? Int == 3)
    #expect(try place.deltas(of: "HEAD").count == 3)
    let difference = try place.json("diff", head, "HEAD")
    let off = try #require((difference["tensors"] as? [[String: Any]])?.first?["norm"] as? Double)
    let whole = try place.json("diff", "HEAD~6", head)
    let norm = try #require((whole["tensors"] as? [[String: Any]])?.first?["norm"] as? Double)
    #expect(off < 1e-4 * norm)
    try place.succeed("replay", "--verify")
    try place.expectWhole()
  }

  @Test func theMeanOfNumbersAddedToElementsIsHalfOfThem() throws {
    let place = try Workplace.withHistory()
    try place.succeed("switch", "-c", "side")
    try place.exportEdited(to: "edited", adding: [3: 0.25])
    try place.succeed("commit", "--from", "edited", "-m", "elsewhere")
    try place.succeed("switch", "main")
    try place.commitDelta(1)
    try place.succeed("merge", "side", "--strategy", "average", "--prefer", "both")
    try place.succeed("replay", "--verify")
    // Half of the number, committed where half of the factors stand.
    let merged = try place.digests()
    try place.succeed("switch", "-c", "halves", "side~1")
    var isFirst = true
    try place.writeDelta("half.safetensors", seed: 1) { factor in
      if isFirst { factor = factor.map { $0 / 2 } }
      isFirst = false
    }
    try place.succeed("commit", "--delta", "half.safetensors", "-m", "half of main")
    try place.exportEdited(to: "half", adding: [3: 0.125])
    try place.succeed("commit", "--from", "half", "-m", "half of side")
    #expect(try place.digests() == merged)
    try place.succeed("switch", "side")
    try place.succeed("export", "HEAD", "rounded", "--dtype", "bf16")
    try place.succeed("commit", "--from", "rounded", "-m", "rounded")
    try place.succeed("switch", "main")
    for extra in [[], ["--dry-run"]] {
      let refused = try place.rledit.run(
        ["merge", "side", "--strategy", "average", "--prefer", "both"] + extra)
      #expect(refused.status == 14 && refused.errors.contains("has no half"))
    }
    try place.succeed("merge", "side", "--strategy", "average", "--prefer", "ours")
    try place.succeed("replay", "--verify")
  }

  @Test func aCompressionIsACommitOfItsOwnWithinTheTolerance() throws {
    let place = try Workplace.withHistory(deltas: 1)
    let kept = try place.id()
    // The same delta thrice is one of its rank, times three.
    for number in [1, 1, 1] { try place.commitDelta(number) }
    let (before, head) = (try place.digests(), try place.id())
    let dry = try place.json("compress", kept, "--dry-run")
    #expect(dry["commit"] == nil && dry["deltas"] as? Int == 3)
    #expect(try place.id() == head)
    let report = try place.json("compress", kept, "--tolerance", "1e-4")
    let tensor = try #require((report["tensors"] as? [[String: Any]])?.first)
    #expect(tensor["rankBefore"] as? Int == 6 && tensor["rankAfter"] as? Int == 2)
    #expect(try report["commit"] as? String == place.id() && place.id("HEAD~1") == head)
    // How far the weights themselves are off, against the change that the three made.
    func norm(_ arguments: String...) throws -> Double {
      let result = try place.rledit.run(["diff"] + arguments + ["--json"]).json()
      let tensors = try #require(result["tensors"] as? [[String: Any]])
      return try #require(tensors.first?["norm"] as? Double)
    }
    #expect(try norm(head, "HEAD") < 1e-4 * norm(kept, head))
    #expect(try place.digests() != before)
    try place.succeed("replay", "--verify")
    try place.expectWhole()
    try place.succeed("revert", "HEAD")
    #expect(try place.digests() == before)
    try place.succeed("undo")
    #expect(try place.rledit("compress", "HEAD~1").status == 2)
    #expect(try place.rledit("compress", "--tolerance", "2").status == 2)
    try place.succeed("reset", head)
    #expect(try place.json("compress", "--dry-run")["deltas"] as? Int == 4)
  }

  // MARK: with edits

  /// A store whose `main` and `side` have edited different facts from one start.
  private func editedFork(_ options: [String] = []) throws -> Workplace {
    let place = try Workplace.withTalkingModel(facts: 8)
    let lines = try String(contentsOfFile: place.path("facts.jsonl"), encoding: .utf8)
      .split(separator: "\n")
    for (number, line) in lines.enumerated() {
      try String(line).write(
        toFile: place.path("fact\(number).jsonl"), atomically: true, encoding: .utf8)
    }
    try edit(place, [0], options)
    try place.succeed("switch", "-c", "side")
    try edit(place, [1, 2], options)
    try place.succeed("switch", "main")
    try edit(place, [3], options)
    return place
  }

  private func edit(_ place: Workplace, _ facts: [Int], _ options: [String]) throws {
    for fact in facts {
      let result = try place.rledit.run(["edit", "fact\(fact).jsonl"] + options)
      #expect(result.status == 0, "\(result.errors)")
    }
  }

  private func deltas(_ place: Workplace, _ count: Int) throws -> [[String]] {
    try (0..<count).map { number in
      let commit = try #require(place.json("show", "HEAD~\(number)")["commit"] as? [String: Any])
      return (commit["added"] as? [[String: Any]])?.compactMap { $0["delta"] as? String } ?? []
    }
  }

  static let remembering = ["--set", "memory-weight=1", "--set", "log-ridge=0.5"]

  @Test func factsAnsweredInTwoWaysStopAMerge() throws {
    let place = try editedFork()
    let other = try String(contentsOfFile: place.path("fact1.jsonl"), encoding: .utf8)
      .replacingOccurrences(of: "\"Po\"", with: "\"Wu\"")
    try other.write(toFile: place.path("other.jsonl"), atomically: true, encoding: .utf8)
    try place.succeed("edit", "other.jsonl")
    let before = try (place.id(), place.digests())
    let refused = try place.rledit("merge", "side", "--overlap-limit", "1", "--json")
    #expect(refused.status == 18 && refused.errors.contains("1 fact"), "\(refused.errors)")
    let conflicts = try #require(refused.json()["factConflicts"] as? [[String: Any]])
    #expect(conflicts.count == 1)
    #expect(conflicts[0]["ourTarget"] as? String == " Wu")
    #expect(conflicts[0]["theirTarget"] as? String == " Po")
    #expect(try place.id() == before.0)
    try place.succeed("merge", "side", "--overlap-limit", "1", "--prefer", "theirs")
    // Of ours only the edit before the fork and the one in no conflict are left.
    #expect(try place.json("status")["activeDeltas"] as? Int == 4)
    try place.succeed("undo")
    try place.succeed(
      "merge", "side", "--overlap-limit", "1", "--prefer", "ours", "--lost", "lost.jsonl")
    #expect(try place.json("status")["activeDeltas"] as? Int == 4)
    #expect(try place.digests() != before.1)
    let lost = try String(contentsOfFile: place.path("lost.jsonl"), encoding: .utf8)
    #expect(lost.isEmpty)
    try place.succeed("undo")
    try place.succeed("merge", "side", "--overlap-limit", "1", "--prefer", "both")
    #expect(try place.json("status")["activeDeltas"] as? Int == 5)
  }

  @Test func whatGoesWithAConflictCanBeEditedInAgain() throws {
    let place = try Workplace.withTalkingModel(facts: 3)
    try place.succeed("switch", "-c", "side")
    var text = try String(contentsOfFile: place.path("facts.jsonl"), encoding: .utf8)
    text = text.split(separator: "\n").enumerated()
      .map { #"{"id": "fact \#($0.offset)", "ground_truth": "Xa", \#($0.element.dropFirst())"# }
      .joined(separator: "\n")
    try text.write(toFile: place.path("facts.jsonl"), atomically: true, encoding: .utf8)
    try place.succeed("edit", "facts.jsonl")
    try place.succeed("switch", "main")
    let other = text.split(separator: "\n")[1].replacingOccurrences(of: "\"Po\"", with: "\"Wu\"")
    try other.write(toFile: place.path("other.jsonl"), atomically: true, encoding: .utf8)
    try place.succeed("edit", "other.jsonl")
    let report = try place.json("merge", "side", "--prefer", "ours", "--lost", "lost.jsonl")
    #expect((report["lost"] as? [Any])?.count == 2)
    try place.succeed("edit", "lost.jsonl")
    let records = try #require(place.json("show")["records"] as? [[String: Any]])
    #expect(records.compactMap { $0["subject"] as? String } == ["Town 0", "Town 2"])
    #expect(records.compactMap { $0["identifier"] as? String } == ["fact 0", "fact 2"])
    #expect(records.compactMap { $0["formerTarget"] as? String } == [" Xa", " Xa"])
    #expect(records.compactMap { ($0["locality"] as? [Any])?.count } == [1, 1])
    #expect(records.compactMap { ($0["rephrasings"] as? [Any])?.count } == [1, 1])
  }

  /// The same facts edited on both sides answer to the same keys.
  @Test func editsOfTheSameKeysAreToldAsAnOverlap() throws {
    let place = try editedFork()
    try edit(place, [1], ["--set", "step-size=0.0005"])
    let refused = try place.rledit("merge", "side", "--json")
    #expect(refused.status == 18, "\(refused.errors)")
    let overlaps = try #require(refused.json()["overlapConflicts"] as? [[String: Any]])
    let shares = overlaps.compactMap { $0["overlap"] as? Double }
    #expect(shares.count == overlaps.count && shares.allSatisfy { $0 > 0.8 && $0 <= 1 })
    let (ours, theirs) = (try place.id(), try place.id("side~1"))
    #expect(
      overlaps.contains {
        $0["ourCommit"] as? String == ours && $0["theirCommit"] as? String == theirs
      })
  }

  /// After a revert, the next edit is the one on the same chain built without the reverted delta.
  @Test func editingOnAfterARevertIsEditingOnAChainBuiltWithoutTheEdit() throws {
    let place = try editedFork(Self.remembering)
    try place.succeed("switch", "side")
    try place.succeed("branch", "start", "HEAD~2")
    try place.succeed("revert", "HEAD~1")
    try edit(place, [5], Self.remembering)
    let (reverted, state) = (try deltas(place, 1), try place.digests())
    try place.succeed("switch", "start")
    try place.succeed("cherry-pick", "side~2")
    try edit(place, [5], Self.remembering)
    #expect(try deltas(place, 1) == reverted)
    #expect(try place.digests() == state)
  }

  @Test func aRegeneratedRebaseIsTheEditsMadeThere() throws {
    let place = try editedFork(Self.remembering)
    try place.succeed("branch", "made-there")
    try place.succeed("switch", "side")
    try place.succeed("rebase", "main", "--regenerate")
    let (rebased, state) = (try deltas(place, 2), try place.digests())
    // What it took is that of the edits made here.
    let cost = try place.metrics("HEAD")
    for name in ["seconds", "peak.memory"] { #expect(cost[name] ?? 0 > 0, "\(name)") }
    try place.succeed("replay", "--regenerate")
    try place.succeed("switch", "made-there")
    try edit(place, [1, 2], Self.remembering)
    #expect(try deltas(place, 2) == rebased)
    #expect(try place.digests() == state)
    try place.expectWhole()
  }

  @Test func editingOnAfterASquashOrAMergeKnowsTheEditsBefore() throws {
    let place = try editedFork(Self.remembering)
    try place.succeed("merge", "side", "--overlap-limit", "1")
    try place.succeed("branch", "merged")
    try edit(place, [6], Self.remembering)
    let (merged, state) = (try deltas(place, 1), try place.digests())
    // The same chain as one line, and as one commit.
    try place.succeed("switch", "-c", "line", "merged~1")
    try place.succeed("cherry-pick", "main~2..side")
    for squashes in [false, true] {
      if squashes {
        try place.succeed("reset", "HEAD~1")
        try place.succeed("squash", "main~3")
      }
      try edit(place, [6], Self.remembering)
      #expect(try deltas(place, 1) == merged)
      #expect(try place.digests() == state)
    }
    let measured = try place.json("eval", "--sample", "8")
    #expect(measured["records"] as? Int == 5, "\(measured.keys)")
  }

  /// What an earlier merge brought in is told as the commit that made it.
  @Test func conflictsWithWhatAMergeBroughtAreFound() throws {
    let place = try editedFork()
    try place.succeed("switch", "-c", "third", "main~1")
    let other = try String(contentsOfFile: place.path("fact1.jsonl"), encoding: .utf8)
      .replacingOccurrences(of: "\"Po\"", with: "\"Wu\"")
      .replacingOccurrences(of: "Town 1 lies in", with: "town 1  lies in")
    try other.write(toFile: place.path("other.jsonl"), atomically: true, encoding: .utf8)
    try place.succeed("edit", "other.jsonl")
    try place.succeed("switch", "main")
    try place.succeed("merge", "side", "--overlap-limit", "1")
    let source = try place.id("side~1")
    let refused = try place.rledit("merge", "third", "--overlap-limit", "1", "--json")
    #expect(refused.status == 18)
    let conflicts = try #require(refused.json()["factConflicts"] as? [[String: Any]])
    #expect(conflicts.compactMap { $0["ourCommit"] as? String } == [source])
    try place.succeed(
      "merge", "third", "--overlap-limit", "1", "--prefer", "theirs", "--lost", "lost.jsonl")
    #expect(try place.json("status")["activeDeltas"] as? Int == 4)
    // Spelt otherwise, it is the same fact, and not to be edited in again.
    let lost = try String(contentsOfFile: place.path("lost.jsonl"), encoding: .utf8)
    #expect(lost.isEmpty)
    // One commit in the place of both merges has the records of what is left of them.
    try place.succeed("squash", "main~2")
    let records = try #require(place.json("show")["records"] as? [[String: Any]])
    #expect(records.compactMap { $0["target"] as? String } == [" Ka", " Wu"])
  }

  @Test func everyCommitThatSpeaksAgainstTheWinnerGoes() throws {
    let place = try editedFork()
    let fact = try String(contentsOfFile: place.path("fact1.jsonl"), encoding: .utf8)
    for (name, target) in [("first", "Wu"), ("second", "Xi")] {
      try fact.replacingOccurrences(of: "\"Po\"", with: "\"\(target)\"").write(
        toFile: place.path("\(name).jsonl"), atomically: true, encoding: .utf8)
      try place.succeed("edit", "\(name).jsonl")
    }
    try place.succeed("merge", "side", "--overlap-limit", "1", "--prefer", "theirs")
    // The fork's edit, ours in no conflict, and both of theirs.
    #expect(try place.json("status")["activeDeltas"] as? Int == 4)
  }

  @Test func aRegeneratedRebaseHonoursARevertAfterAMerge() throws {
    let place = try editedFork(Self.remembering)
    try place.succeed("switch", "-c", "line", "main~1")
    try edit(place, [4], Self.remembering)
    try place.succeed("merge", "side", "--overlap-limit", "1")
    try place.succeed("revert", "side~1")
    try place.succeed("rebase", "main", "--regenerate")
    let active = try #require(place.json("status")["activeDeltas"] as? Int)
    // The fork's and main's own, and of the line the fourth and the second.
    #expect(active == 4)
    #expect(try place.succeed("log", "-n", "1").contains("Revert"))
    // A second time there is nothing left to be made.
    let commits = try place.json("rebase", "main")["commits"] as? [Any]
    #expect(commits?.isEmpty == true)
  }

  /// Halves and picked merges keep what later edits know of the edits before.
  @Test func editsAfterAMeanOrAPickedMergeKnowThoseBefore() throws {
    let place = try editedFork(Self.remembering)
    try place.succeed("merge", "side", "--overlap-limit", "1")
    let merge = try place.id()
    try edit(place, [6], Self.remembering)
    let expected = try (deltas(place, 1), place.digests())
    try place.succeed("switch", "-c", "picked", "\(merge)~1")
    try place.succeed("cherry-pick", merge)
    #expect((try place.json("show")["records"] as? [Any])?.count == 2)
    try edit(place, [6], Self.remembering)
    #expect(try deltas(place, 1) == expected.0)
    #expect(try place.digests() == expected.1)
    // The mean has the keys of both sides: an edit of one of their facts knows it has been edited.
    try place.succeed("switch", "-c", "mean", "\(merge)~1")
    try place.succeed("merge", "side", "--overlap-limit", "1", "--strategy", "average")
    #expect((try place.json("show")["records"] as? [Any])?.count == 3)
    let attachments = try #require(place.json("show")["attachments"] as? [String: String])
    #expect(
      try Set(attachments.keys)
        == Set(
          place.deltas(of: "HEAD").flatMap { ["running-statistics.\($0)", "edit-memory.\($0)"] }))
    try edit(place, [6], Self.remembering)
    try place.succeed("replay", "--regenerate")
  }

  @Test func whatIsUpstreamIsNotMadeAnew() throws {
    let place = try editedFork()
    try place.succeed("cherry-pick", "side~1")
    try place.succeed("switch", "side")
    let report = try place.json("rebase", "main", "--regenerate")
    #expect((report["commits"] as? [Any])?.count == 1)
    #expect(try place.json("status")["activeDeltas"] as? Int == 4)
  }

  /// What comes before a replacement has no effect any more, which nobody would notice after a merge.
  @Test func aTensorPutInThePlaceOfOneIsAtOddsWithEveryChangeOfIt() throws {
    let place = try Workplace.withHistory()
    try place.succeed("export", "HEAD", "rounded", "--dtype", "bf16")
    try place.succeed("switch", "-c", "side")
    try place.succeed("commit", "--from", "rounded", "-m", "rounded")
    try place.succeed("switch", "main")
    try place.commitDelta(1)
    let before = try place.id()
    #expect(try place.rledit("merge", "side").status == 18)
    #expect(try place.id() == before)
    try place.succeed("merge", "side", "--prefer", "both")
    try place.succeed("replay", "--verify")
  }
}

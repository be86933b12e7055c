import Foundation
import ModelFiles
import TestSupport
import Testing

/// replay, verify, fsck, export.
@Suite struct CheckingTests {
  @Test func aReplayFindsEveryDigest() throws {
    let place = try Workplace.withHistory(deltas: 3)
    try place.succeed("revert", "HEAD~1")
    let replay = try place.json("replay", "--verify")
    #expect(replay["agrees"] as? Bool == true)
    let commits = try #require(replay["commits"] as? [[String: Any]])
    #expect(commits.compactMap { $0["tensors"] as? Int } == [0, 1, 1, 1, 1])
    #expect(try place.succeed("replay").contains("Derived 5 commits from the base"))
    #expect(try place.json("replay", "HEAD~1..HEAD")["commits"] as? [Any] != nil)
  }

  @Test(arguments: ["scalar", "avx2", "avx512", "neon"], ["1", "3"])
  func aReplayOnOtherKernelsAndThreadsFindsTheSameBits(_ kernels: String, _ threads: String) throws
  {
    let place = try Workplace.withHistory(deltas: 2)
    place.rledit.environment["RLEDIT_ISA"] = kernels
    let result = try place.rledit("replay", "--threads", threads)
    // A machine without them must say so; one with them must agree.
    #expect(
      result.status == 0 || result.errors.hasPrefix("rledit: this machine cannot run \(kernels)"))
  }

  @Test func verifyAndFsckAreContentWithAGoodStore() throws {
    let place = try Workplace.withHistory(deltas: 1)
    let verified = try place.json("verify")
    #expect(verified["agrees"] as? Bool == true && verified["editedTensors"] as? Int == 1)
    let checked = try place.json("fsck", "--full")
    #expect(checked["sound"] as? Bool == true && checked["commits"] as? Int == 2)
    #expect(checked["bytesHashed"] as? Int ?? 0 > 285_888)
    // What was not looked at is not called whole.
    let structure = try place.succeed("fsck")
    #expect(structure.contains("structure is whole") && structure.contains("not hashed"))
    #expect(!structure.contains("The store is whole"))
  }

  @Test func whatIsLeftIsCollectedAndItsRoomGivenBack() throws {
    let place = try Workplace.withHistory(deltas: 3)
    let (first, last) = (try place.id("HEAD~2"), try place.id())
    try place.succeed("reset", "HEAD~2")
    #expect(try place.succeed("gc", "--operations", "0").contains("Waiting: "))
    let dry = try place.json("gc", "--operations", "0", "--grace", "0", "--dry-run")
    let removed = try #require(dry["removed"] as? [String: Any])
    #expect(dry["dryRun"] as? Bool == true && removed["objects"] as? Int ?? 0 > 0)
    #expect(try place.succeed("show", last).contains("delta"))
    #expect(try place.succeed("gc", "--operations", "0", "--grace", "0").hasPrefix("Took out "))
    let gone = try place.rledit("show", last)
    #expect(gone.status == 12 && gone.errors.contains("no revision is called"))
    let undone = try place.rledit("undo")
    #expect(undone.errors.contains("is not in the store any more"))
    #expect(try place.rledit("log", "@{1}").status == 12)
    #expect(try place.succeed("reflog").contains("(collected)"))
    #expect(try place.id() == first)
    let compacted = try place.json("compact")
    let (before, after) = (
      try #require(compacted["bytesBefore"] as? Int), try #require(compacted["bytesAfter"] as? Int)
    )
    #expect(after <= before)
    try place.expectWhole()
    try place.succeed("replay", "--verify")
    #expect(try place.rledit("gc", "--grace", "soon").status == 2)
  }

  @Test func anExportImportedAgainGivesTheSameBytes() throws {
    let place = try Workplace.withHistory(deltas: 1)
    try place.succeed("export", "HEAD", "out")
    let base = try SafetensorsFile(path: Golden.path("archs/llama/model.safetensors"))
    let exported = try SafetensorsFile(path: place.path("out/model.safetensors"))
    for tensor in base.tensors {
      let same = try exported.bytes(named: tensor.name).elementsEqual(base.bytes(of: tensor))
      #expect(same == (tensor.name != Workplace.matrix), "\(tensor.name)")
    }
    try place.succeed("init", "second")
    try place.succeed("import", "-C", "second", place.path("out"))
    try place.succeed("export", "-C", "second", "HEAD", place.path("again"))
    #expect(
      try Data(contentsOf: URL(fileURLWithPath: place.path("out/model.safetensors")))
        == Data(contentsOf: URL(fileURLWithPath: place.path("again/model.safetensors"))))
  }

  /// As another tool would save it: the export of a store, edited there by other means.
  @Test func anEditedCopyIsCommittedAndComesBackToTheByte() throws {
    let other = try Workplace.withHistory(deltas: 2)
    try other.succeed("export", "HEAD", "edited")
    let place = try Workplace.withHistory()
    let copy = other.path("edited")
    let changes = try place.json("commit", "--from", copy, "-m", "By another tool")["changes"]
    let tensors = try #require(changes as? [[String: Any]])
    #expect(tensors.compactMap { $0["name"] as? String } == [Workplace.matrix])
    #expect(try place.digests() == other.digests())
    try place.succeed("export", "HEAD", "out")
    #expect(
      try Data(contentsOf: URL(fileURLWithPath: place.path("out/model.safetensors")))
        == Data(contentsOf: URL(fileURLWithPath: copy + "/model.safetensors")))
    try place.succeed("replay", "--verify")
    #expect(try place.rledit("commit", "--from", copy, "-m", "Again").status == 1)
    #expect(try place.rledit("commit", "-m", "Of nothing").status == 2)
    try place.succeed("revert", "HEAD")
    #expect(try place.digests().isEmpty)
    try place.expectWhole()
  }

  @Test func anEditedCopyWithNumbersThatAreNoneIsToldAsOne() throws {
    let place = try Workplace.withHistory()
    try place.exportEdited(to: "edited", adding: [3: .nan])
    let refused = try place.rledit("commit", "--from", "edited", "-m", "Diverged")
    #expect(refused.status == 14, "\(refused.errors)")
    #expect(refused.errors.contains("of the edited model holds an infinity or a NaN"))
    #expect(!refused.errors.contains("delta"))
  }

  /// A tensor that is put in the place of another hides what a revert below takes back, which is told.
  @Test func aRevertThatDoesNotShowSaysSo() throws {
    let place = try Workplace.withHistory(deltas: 1)
    // What rounding takes away has full rank: nothing but whole tensors gives the copy's bytes back.
    try place.succeed("export", "HEAD", "rounded", "--dtype", "bf16")
    try place.succeed("commit", "--from", "rounded", "-m", "Rounded")
    let result = try place.rledit("revert", "HEAD~1")
    #expect(result.status == 0)
    #expect(
      result.errors.contains(
        "\(Workplace.matrix) keeps its weights: this does not show"))
    // Taking back what hides it shows it.
    let shown = try place.rledit("revert", "HEAD~1")
    #expect(shown.status == 0 && !shown.errors.contains("keeps its weights"))
    #expect(try place.digests().isEmpty)
  }

  @Test func anExportNarrowsAndReplacesOnlyWhenTold() throws {
    let place = try Workplace.withHistory()
    try place.succeed("export", "HEAD", "out", "--dtype", "bf16")
    let size = try Data(contentsOf: URL(fileURLWithPath: place.path("out/model.safetensors"))).count
    #expect(size < 285_888 / 2 + 8192)
    #expect(try place.rledit("export", "HEAD", "out").status == 17)
    try place.succeed("export", "HEAD", "out", "--force")
    try Data().write(to: URL(fileURLWithPath: place.path("out/mine.txt")))
    #expect(try place.rledit("export", "HEAD", "out", "--force").status == 17)
  }
}

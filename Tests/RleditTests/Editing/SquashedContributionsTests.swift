import Foundation
import TestSupport
import Testing

/// What edits left for later ones (running statistics, keys) stays with their deltas, where a squash or a
/// compression had to leave several apart and only some of them are taken out, carried over or met again.
@Suite struct SquashedContributionsTests {
  private static let options = ["--set", "memory-weight=1", "--set", "log-ridge=0.5"]

  /// Commits tagged `a`, `b`, `numbers` and `c`: two edits, numbers added by another tool, and an edit.
  private func begun() throws -> Workplace {
    let place = try Workplace.withTalkingModel(facts: 8)
    try place.writeSingleFacts()
    try place.succeed("branch", "root")
    try edit(0, in: place, tag: "a")
    try edit(1, in: place, tag: "b")
    // Of a matrix that the edits change, so that they cannot be put together over it.
    let tensor = try #require(place.digests().keys.min())
    try place.exportEdited(to: "edited", tensor: tensor, adding: [3: 0.25])
    try place.succeed("commit", "--from", "edited", "-m", "numbers")
    try place.succeed("tag", "numbers")
    try edit(2, in: place, tag: "c")
    return place
  }

  private func edit(_ fact: Int, in place: Workplace, tag: String? = nil) throws {
    let result = try place.rledit.run(["edit", "fact\(fact)"] + Self.options)
    #expect(result.status == 0, "\(result.errors)")
    if let tag { try place.succeed("tag", tag) }
  }

  /// What editing one more fact makes at a revision: it hangs on all that is known of edits before.
  private func next(at revision: String, in place: Workplace) throws -> [String] {
    try place.succeed("switch", "--detach", revision)
    try edit(5, in: place)
    return try place.deltas(of: "HEAD")
  }

  private func expectSame(
    _ first: String, _ second: String, in place: Workplace,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    #expect(
      try place.digests(first) == place.digests(second), "the weights",
      sourceLocation: sourceLocation)
    #expect(
      try next(at: first, in: place) == next(at: second, in: place), "the next edit",
      sourceLocation: sourceLocation)
  }

  @Test func editsAfterASquashOfSeveralDeltasKnowThoseBefore() throws {
    let place = try begun()
    try place.succeed("switch", "-c", "squashed")
    try place.succeed("squash", "root")
    #expect(try place.deltas(of: "HEAD").count == 3)
    try expectSame("main", "squashed", in: place)
    // Without the last edit, in the one history and in the other.
    for branch in ["main", "squashed"] {
      try place.succeed("switch", "-c", "without-\(branch)", branch)
      try place.succeed("revert", "c")
    }
    try expectSame("without-main", "without-squashed", in: place)
    // Carried to where the last edit is already.
    try place.succeed("switch", "-c", "carried", "root")
    try place.succeed("cherry-pick", "c")
    try place.succeed("branch", "one-by-one")
    try place.succeed("cherry-pick", "squashed")
    try place.succeed("switch", "one-by-one")
    for revision in ["a", "b", "numbers"] { try place.succeed("cherry-pick", revision) }
    try expectSame("one-by-one", "carried", in: place)
    try place.expectWhole()
  }

  @Test func aSquashThatMeetsTheCommitsThatItStandsForCountsThemOnce() throws {
    let place = try begun()
    try place.succeed("switch", "-c", "side", "numbers")
    try edit(3, in: place)
    // From the second on nothing can be put together: the deltas are those of the commits.
    try place.succeed("switch", "-c", "squashed", "main")
    try place.succeed("squash", "a")
    for branch in ["main", "squashed"] {
      try place.succeed("switch", "-c", "merged-\(branch)", branch)
      try place.succeed("merge", "side", "--prefer", "both", "--overlap-limit", "1")
    }
    try expectSame("merged-main", "merged-squashed", in: place)
  }

  @Test func aCompressionKeepsWhatItsDeltasContributedApart() throws {
    let place = try begun()
    // The same delta thrice, so that there is something to gain.
    try place.writeDelta(
      "more.safetensors", tensor: "model.layers.0.self_attn.o_proj.weight", rows: 48)
    for _ in 0..<3 { try place.succeed("commit", "--delta", "more.safetensors", "-m", "more") }
    try place.succeed("compress", "root", "--tolerance", "1e-3")
    #expect(try place.deltas(of: "HEAD").count == 3)
    try place.succeed("switch", "-c", "picked", "root")
    try edit(7, in: place)
    try place.succeed("branch", "merged")
    try place.succeed("cherry-pick", "main")
    try place.succeed("switch", "merged")
    try place.succeed("merge", "main", "--overlap-limit", "1")
    try expectSame("picked", "merged", in: place)
  }
}

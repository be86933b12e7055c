import FuzzTargets
import TestSupport
import Testing

/// What `tools/fuzz` does for hours, for a moment and from the same places: a broken rule ends the process
/// of the tests. Targets share a store, so they take turns.
@Suite(.serialized) struct SeedTests {
  @Test(arguments: FuzzTarget.allCases)
  func everySeedAndEveryInputThatEverFailedKeepsTheRules(_ target: FuzzTarget) throws {
    let seeds = try target.seeds()
    #expect(!seeds.isEmpty)
    for seed in seeds { target.run(seed.bytes) }
  }

  /// Cut off, with single bits flipped, with pieces doubled and left out.
  @Test(arguments: FuzzTarget.allCases)
  func seedsThatAreSlightlyWrongKeepTheRules(_ target: FuzzTarget) throws {
    var random = SeededGenerator(seed: 60)
    for seed in try target.seeds() where !seed.bytes.isEmpty {
      let bytes = seed.bytes
      for _ in 0..<60 {
        let (a, b) = (
          bytes.indices.randomElement(using: &random) ?? 0,
          bytes.indices.randomElement(using: &random) ?? 0
        )
        let piece = min(a, b)..<max(a, b)
        var flipped = bytes
        flipped[a] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        target.run(flipped)
        target.run(Array(bytes[..<a]))
        target.run(Array(bytes[..<piece.lowerBound] + bytes[piece.upperBound...]))
        target.run(Array(bytes[..<piece.upperBound] + bytes[piece.lowerBound...]))
      }
    }
  }
}

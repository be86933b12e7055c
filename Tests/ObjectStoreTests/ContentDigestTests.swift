import Foundation
import ObjectModel
import ObjectStore
import TestSupport
import Testing

@Suite struct ContentDigestTests {
  private struct Vectors: Decodable {
    struct Vector: Decodable {
      let length: Int?
      let utf8: String?
      let seed: String
      let digest: String

      enum CodingKeys: String, CodingKey {
        case length, utf8, seed
        case digest = "xxh3_128"
      }
    }
    let vectors: [Vector]
  }

  /// The buffer of xxHash's own sanity check.
  private static let buffer: [UInt8] = {
    var value: UInt64 = 2_654_435_761
    return (0..<(1 << 20)).map { _ in
      defer { value = value &* 11_400_714_785_074_694_797 }
      return UInt8(value >> 56)
    }
  }()

  @Test func digestsAreThoseOfTheReferenceVectors() throws {
    let vectors = try Golden.json(Vectors.self, "xxh/xxh3-128.json").vectors
      .filter { $0.seed == "0" }
    #expect(vectors.count >= 25)
    for vector in vectors {
      let bytes =
        vector.utf8.map { Array($0.utf8) } ?? Array(Self.buffer.prefix(vector.length ?? 0))
      let digest = bytes.withUnsafeBytes { contentDigest(of: $0) }
      #expect(ChunkID(digest).hex == vector.digest)
      #expect(StateDigest(digest).bytes == Hexadecimal.decode(vector.digest.utf8))
    }
  }

  @Test func piecesGiveTheDigestOfTheWhole() throws {
    var generator = SeededGenerator(seed: 11)
    for _ in 0..<50 {
      let length = Int.random(in: 0...5000, using: &generator)
      let bytes = Array(Self.buffer.prefix(length))
      let streaming = try #require(StreamingContentDigest())
      var start = 0
      while start < length {
        let end = Int.random(in: start...length, using: &generator)
        bytes[start..<end].withUnsafeBytes { streaming.update($0) }
        start = end
      }
      #expect(streaming.value == bytes.withUnsafeBytes { contentDigest(of: $0) })
    }
  }
}

import ObjectModel
import Testing

@Suite struct IdentifierTests {
  @Test func hexadecimalReadsBackAndKeepsTheOrderOfBytes() throws {
    let low = try #require(ChunkID(hex: "000102030405060708090a0b0c0d0e0f"))
    let high = try #require(ChunkID(hex: "00010203040506070909000000000000"))
    #expect(low.hex == "000102030405060708090a0b0c0d0e0f")
    #expect(low.bytes == Array(0..<16))
    #expect(low < high && !(high < low) && low != high)
    #expect(low.bytes.lexicographicallyPrecedes(high.bytes))
  }

  @Test(arguments: [
    "", "00", "000102030405060708090A0B0C0D0E0F", "000102030405060708090a0b0c0d0e0",
    "000102030405060708090a0b0c0d0e0f00", "g00102030405060708090a0b0c0d0e0f",
    " 00102030405060708090a0b0c0d0e0f",
  ])
  func otherSpellingsAreNoIdentifiers(_ hex: String) {
    #expect(ChunkID(hex: hex) == nil)
  }

  @Test func contentHashIsSHA256() {
    // NIST FIPS 180-2, appendix B.1.
    let hash = Array("abc".utf8).withUnsafeBytes { ContentHash(of: $0) }
    #expect(
      hash.hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  }

  @Test func wordsOfADigestCompareFromTheFirst() throws {
    let texts = [
      "0000000000000000000000000000000000000000000000000000000000000001",
      "00000000000000000000000000000000000000000000000100000000000000ff",
      "0000000000000000000000000000000100000000000000000000000000000000",
      "ff00000000000000000000000000000000000000000000000000000000000000",
    ]
    let ids = try texts.map { try #require(CommitID(hex: $0)) }
    #expect(ids.shuffled().sorted() == ids)
    #expect(ids.map(\.hex) == texts)
  }
}

import ObjectModel
import TestSupport
import Testing

@Suite struct SignatureTests {
  /// RFC 8032, section 7.1: tests 1, 2, 3 and SHA(abc).
  static let vectors: [(seed: String, key: String, message: String, signature: String)] = [
    (
      "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
      "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
        + "d25bf5f0595bbe24655141438e7a100b"
    ),
    (
      "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
      "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
        + "387b2eaeb4302aeeb00d291612bb0c00"
    ),
    (
      "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
      "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
      "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
        + "4a7c15e9716ed28dc027beceea1ec40a"
    ),
    (
      "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
      "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
      "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd"
        + "454d4423643ce80e2a9ac94fa54ca49f",
      "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e030"
        + "3dca179c138ac17ad9bef1177331a704"
    ),
  ]

  static func bytes(_ hex: String) throws -> [UInt8] {
    try Sample.required(Hexadecimal.decode(hex.utf8))
  }

  private func signature(_ key: String, _ bytes: String) throws -> Signature {
    try Sample.required(
      Signature(
        key: Sample.required(PublicKey(bytes: Self.bytes(key))), bytes: Self.bytes(bytes)))
  }

  @Test(arguments: vectors)
  func signaturesAreThoseOfTheRFC(
    _ vector: (seed: String, key: String, message: String, signature: String)
  ) throws {
    let key = try Sample.required(SigningKey(name: "RFC", seed: Self.bytes(vector.seed)))
    #expect(key.publicKey.hex == vector.key)
    let message = try Self.bytes(vector.message)
    let made = try key.signature(of: message)
    #expect(Hexadecimal.encode(made.bytes) == vector.signature)
    #expect(try signature(vector.key, vector.signature).isValid(for: message))
    #expect(!made.isValid(for: message + [0]))
  }

  /// A signature has one spelling: S + L in the place of S is the same number modulo the group's order.
  @Test func aSecondSpellingOfASignatureIsNone() throws {
    let second = try signature(
      Self.vectors[1].key,
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69daf52db7415978abc61b2c2eb6aeebfca0"
        + "387b2eaeb4302aeeb00d291612bb0c10")
    #expect(!second.isValid(for: try Self.bytes(Self.vectors[1].message)))
  }

  /// All points whose order divides 8, computed by a Python program from the curve's equation.
  static let smallOrder = [
    "0000000000000000000000000000000000000000000000000000000000000080",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  ]

  @Test(arguments: smallOrder)
  func keysUnderWhichOneSignatureFitsManyMessagesAreRefused(_ key: String) throws {
    #expect(PublicKey(bytes: try Self.bytes(key)) == nil)
  }

  @Test func keysHaveOneSpelling() throws {
    // p + 3 and 3 are one coordinate; p − 2 is the last reduced one that is not of small order.
    let rest = [UInt8](repeating: 0xff, count: 30)
    #expect(PublicKey(bytes: [0xf0] + rest + [0x7f]) == nil)
    #expect(PublicKey(bytes: [0xed] + rest + [0xff]) == nil)
    #expect(PublicKey(bytes: [0xff] + rest + [0xff]) == nil)
    #expect(PublicKey(bytes: [0xeb] + rest + [0x7f]) != nil)
    #expect(PublicKey(bytes: [0xff] + rest.dropLast() + [0xfe, 0x7f]) != nil)
  }

  @Test(arguments: [0, 1, 31, 33, 64])
  func keysOfOtherLengthsAreRefused(_ count: Int) {
    #expect(PublicKey(bytes: [UInt8](repeating: 7, count: count)) == nil)
    #expect(SigningKey(name: "n", seed: [UInt8](repeating: 7, count: count)) == nil)
  }

  @Test(arguments: [0, 32, 63, 65, 128])
  func signaturesOfOtherLengthsAreRefused(_ count: Int) throws {
    let key = try Sample.signingKey().publicKey
    #expect(Signature(key: key, bytes: [UInt8](repeating: 7, count: count)) == nil)
  }

  @Test func anyChangedBitSpoilsASignature() throws {
    let message = Array("message".utf8)
    let made = try Sample.signingKey().signature(of: message)
    #expect(made.isValid(for: message))
    for bit in 0..<made.bytes.count * 8 {
      var bytes = made.bytes
      bytes[bit / 8] ^= 1 << (bit % 8)
      let changed = try #require(Signature(key: made.key, bytes: bytes))
      #expect(!changed.isValid(for: message), "bit \(bit)")
    }
    for bit in 0..<made.key.bytes.count * 8 {
      var bytes = made.key.bytes
      bytes[bit / 8] ^= 1 << (bit % 8)
      guard let key = PublicKey(bytes: bytes) else { continue }
      let changed = try #require(Signature(key: key, bytes: made.bytes))
      #expect(!changed.isValid(for: message), "bit \(bit) of the key")
    }
  }
}

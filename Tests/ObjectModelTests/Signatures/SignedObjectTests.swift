import ObjectModel
import Testing

@Suite struct SignedObjectTests {
  @Test func aSignatureIsOfThisObjectAlone() throws {
    let key = try Sample.signingKey()
    let (first, second) = (try Sample.commit(), try Sample.rootCommit())
    #expect(first.hasValidSignature == nil)
    let signed = try first.signed(by: key)
    #expect(signed.hasValidSignature == true)
    var moved = second
    moved.signature = signed.signature
    #expect(moved.hasValidSignature == false)
    #expect(try Commit.decode(moved.encoded().text).hasValidSignature == false)
  }

  @Test func aTagsSignatureFitsNoOtherTag() throws {
    let tag = try Sample.tag().signed(by: Sample.signingKey())
    #expect(tag.hasValidSignature == true)
    let renamed = Tag(
      target: tag.target, name: "v2", message: tag.message, time: tag.time, author: tag.author,
      signature: tag.signature)
    #expect(renamed.hasValidSignature == false)
  }

  @Test func anotherKeyCannotClaimASignature() throws {
    let signed = try Sample.rootCommit().signed(by: Sample.signingKey())
    let other = try SigningKey(name: "Eve").publicKey
    var claimed = signed
    claimed.signature = Signature(key: other, bytes: try #require(signed.signature).bytes)
    #expect(claimed.hasValidSignature == false)
  }

  @Test func signingAgainReplacesTheSignature() throws {
    let (first, second) = (try Sample.signingKey(), try SigningKey(name: "Bob"))
    let commit = try Sample.commit()
    let once = try commit.signed(by: first)
    #expect(try once.signed(by: first) == once)
    let again = try once.signed(by: second)
    #expect(again.signature?.key == second.publicKey && again.hasValidSignature == true)
    #expect(try again.signed(by: first).encoded().id == once.encoded().id)
    #expect(try once.encoded().id != commit.encoded().id)
  }

  /// The message cannot be taken for the text of any object, nor for that of a message of another kind.
  @Test func theMessageBeginsAsNoTextDoes() throws {
    let message = try Sample.commit().signed(by: Sample.signingKey()).signedMessage
    #expect(message == Array("rledit-signature-1\n".utf8) + (try Sample.commit().encoded().text))
    #expect(message.withUnsafeBytes { canonicalTypeName(of: $0) } == nil)
  }

  /// Whatever byte of a signed text is changed: it is refused, or its signature is wrong.
  @Test func noChangedByteKeepsAValidSignature() throws {
    try changeEveryByte(of: Sample.commit().signed(by: Sample.signingKey()))
    try changeEveryByte(of: Sample.rootCommit().signed(by: Sample.signingKey()))
    try changeEveryByte(of: Sample.tag().signed(by: Sample.signingKey()))
  }

  private func changeEveryByte<Object: SignableObject>(of object: Object) throws {
    let text = try object.encoded().text
    var judged = 0
    for index in text.indices {
      for byte in Array("0a7 -".utf8) + [text[index] ^ 1] where byte != text[index] {
        var changed = text
        changed[index] = byte
        guard let decoded = try? Object.decode(changed) else { continue }
        judged += 1
        #expect(decoded.hasValidSignature == false, "byte \(index) as \(byte)")
      }
    }
    #expect(judged > 100)
  }

  /// A field of a wrong form is refused as a text, before anything is computed with it.
  @Test(arguments: [
    ("ed25519", "ed448"), ("ed25519 ", "ed25519  "), ("signature ", "signature  "),
    ("signature ed25519 3d", "signature ed25519 3D"),
    ("signature ed25519 3d40", "signature ed25519 40"),
    ("signature ed25519 3d40", "signature ed25519 3d4040"),
    ("5aeb2b0b", "5aeb2b0"), ("5aeb2b0b", "5aeb2b"), ("5aeb2b0b", "5aeb2b0b00"),
    ("916f0b\n", "916f0b 00\n"), ("916f0b\n", "916f0b\nstate \"w\" 00\n"),
    ("message", "signature ed25519\nmessage"),
  ])
  func fieldsOfAWrongFormAreRefused(_ change: (String, String)) throws {
    let text = String(decoding: try Sample.signedCommit().encoded().text, as: UTF8.self)
    let changed = text.replacing(change.0, with: change.1)
    #expect(changed != text)
    #expect(throws: ObjectModelError.self) { try Commit.decode(Array(changed.utf8)) }
  }

  @Test func twoSignaturesAreRefused() throws {
    let text = try Sample.signedCommit().encoded().text
    let line =
      try #require(
        String(decoding: text, as: UTF8.self).split(separator: "\n").last) + "\n"
    #expect(throws: ObjectModelError.self) { try Commit.decode(text + Array(line.utf8)) }
  }

  @Test func aKeyThatNothingMeansAnythingUnderIsRefused() throws {
    let text = String(decoding: try Sample.signedCommit().encoded().text, as: UTF8.self)
    for weak in SignatureTests.smallOrder {
      let changed = text.replacing(try Sample.signingKey().publicKey.hex, with: weak)
      #expect(throws: ObjectModelError.self) { try Commit.decode(Array(changed.utf8)) }
    }
  }
}

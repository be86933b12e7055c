import ObjectModel
import Testing

@Suite struct SigningKeyTests {
  private let text = """
    rledit signing-key
    name "Ada <ada@example.org>"
    public ed25519 3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c
    private 4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb

    """

  @Test func aKeyFileHasTheExpectedText() throws {
    let key = try Sample.signingKey()
    #expect(String(decoding: try key.encoded().text, as: UTF8.self) == text)
    #expect(try SigningKey.decode(Array(text.utf8)) == key)
  }

  @Test func aNewKeySignsAndReadsBack() throws {
    let (first, second) = (try SigningKey(name: "Ada"), try SigningKey(name: "Ada"))
    #expect(first.publicKey != second.publicKey)
    let read = try SigningKey.decode(first.encoded().text)
    #expect(try read.signature(of: [1, 2]) == first.signature(of: [1, 2]))
    #expect(try read.signature(of: [1, 2]).isValid(for: [1, 2]))
  }

  /// The public key does not go with the private one, a part is missing, too short, or spelt otherwise.
  @Test(arguments: [
    ("3d4017", "d75a98"), ("private 4c", "private 4d"), ("private 4c", "private "),
    ("private 4c", "private 4C"), ("private 4c", "private 4c4c"), ("private", "secret"),
    ("ed25519", "rsa"), ("name \"Ada <ada@example.org>\"\n", ""), ("Ada <ada@example.org>", ""),
    ("Ada <ada@example.org>", "Ada\\nroot"), ("Ada <ada@example.org>", " Ada"),
    ("signing-key", "commit"), ("\n", "\r\n"),
  ])
  func aFileOfAnotherContentIsRefused(_ change: (String, String)) throws {
    let changed = text.replacing(change.0, with: change.1)
    #expect(changed != text)
    #expect(throws: ObjectModelError.self) { try SigningKey.decode(Array(changed.utf8)) }
  }

  @Test func whatIsPrintedByMistakeGivesNothingAway() throws {
    let key = try Sample.signingKey()
    for shown in ["\(key)", String(describing: key)] {
      #expect(!shown.contains("4ccd089b") && shown.contains(key.publicKey.hex))
    }
  }

  @Test(arguments: ["", " a", "a ", "a\nb", "a\u{7f}", String(repeating: "x", count: 256)])
  func namesAreOneShortLine(_ name: String) {
    #expect(!SignerName.isUsable(name))
    #expect(throws: ObjectModelError.self) { try SigningKey(name: name) }
  }
}

import Ledger
import ObjectModel
import TestSupport
import Testing

@Suite struct AllowedSignersTests {
  private static let (first, second) = (
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
  )

  private func fault(of text: [UInt8]) -> AllowedSigners.Fault? {
    do {
      _ = try AllowedSigners(text: text)
      return nil
    } catch {
      return error as? AllowedSigners.Fault
    }
  }

  @Test func linesNameKeysAndTheirHolders() throws {
    let text = """
      # Whom we trust
      ed25519 \(Self.first) Ada Lovelace <ada@example.org>

      ed25519 \(Self.second) Žofie 🙂
      """
    let signers = try AllowedSigners(text: Array(text.utf8))
    #expect(signers.entries.map(\.name) == ["Ada Lovelace <ada@example.org>", "Žofie 🙂"])
    #expect(signers.entries.map(\.key.hex) == [Self.first, Self.second])
    #expect(signers.name(of: signers.entries[1].key) == "Žofie 🙂")
    let lines = signers.entries.map(\.line).joined(separator: "\n")
    #expect(try AllowedSigners(text: Array(lines.utf8)) == signers)
    #expect(try AllowedSigners(text: []).entries.isEmpty)
  }

  /// Nothing that may have been meant to be a key, or not to be one, is passed over.
  @Test(arguments: [
    "ed25519", "ed25519 ", "ed25519 \(first)", "ed25519 \(first) ", "ed25519 \(first)  Ada",
    "ed25519  \(first) Ada", " ed25519 \(first) Ada", "rsa \(first) Ada", "\(first) Ada",
    "ed25519 \(first.uppercased()) Ada", "ed25519 \(first.dropLast()) Ada",
    "ed25519 \(first)00 Ada", "ed25519 \(first) Ada\r", "ed25519 \(first) Ada\u{1b}[2J",
    "ed25519 0100000000000000000000000000000000000000000000000000000000000000 Ada", " # comment",
    "\u{feff}ed25519 \(first) Ada",
  ])
  func aLineOfAnotherFormIsRefused(_ line: String) {
    let text = "ed25519 \(Self.second) Bob\n\(line)\n"
    guard case .malformed(2, _)? = fault(of: Array(text.utf8)) else {
      Issue.record("accepted: \(line)")
      return
    }
  }

  @Test func aKeyIsOnePersons() {
    let text = "ed25519 \(Self.first) Ada\n\ned25519 \(Self.first) Bob\n"
    guard case .duplicate(3, let key)? = fault(of: Array(text.utf8)) else {
      Issue.record("accepted")
      return
    }
    #expect(key.hex == Self.first)
  }

  @Test func whatIsNotTextOrTooLongIsRefused() {
    #expect(
      fault(of: Array("ed25519 \(Self.first) ".utf8) + [0xff])
        == .malformed(line: 1, reason: "not UTF-8"))
    #expect(
      fault(of: [UInt8](repeating: 0x23, count: AllowedSigners.maximumBytes + 1))
        == .tooLarge(bytes: AllowedSigners.maximumBytes + 1))
  }

  @Test func randomBytesAreRefusedOrReadBack() throws {
    var generator = SeededGenerator(seed: 1)
    let whole = Array("ed25519 \(Self.first) Ada\n".utf8)
    for _ in 0..<3000 {
      var text = whole
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        text[Int.random(in: 0..<text.count, using: &generator)] = generator.next() as UInt8
      }
      guard let signers = try? AllowedSigners(text: text) else { continue }
      let lines = signers.entries.map { $0.line + "\n" }.joined()
      #expect(try AllowedSigners(text: Array(lines.utf8)) == signers)
    }
  }
}

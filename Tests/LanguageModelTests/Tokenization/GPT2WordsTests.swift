import Foundation
import LanguageModel
import TestSupport
import Testing

@Suite struct GPT2WordsTests {
  private func words(_ text: String) -> [String] {
    let laidOut = ScalarText(Substring(text).unicodeScalars)
    return GPT2Words.split(0..<laidOut.scalars.count, of: laidOut).map {
      String(decoding: laidOut.bytes(of: $0), as: UTF8.self)
    }
  }

  @Test(arguments: [
    ("", []), ("Hello, world!", ["Hello", ",", " world", "!"]),
    ("it's we'll I'D", ["it", "'s", " we", "'ll", " I", "'", "D"]),
    ("a  b\n\n c  ", ["a", " ", " b", "\n\n", " c", "  "]),
    ("x1½ Ⅳ?", ["x", "1½", " Ⅳ", "?"]), (" 's", [" '", "s"]), ("''s", ["''", "s"]),
    ("\u{A0}a\tb", ["\u{A0}", "a", "\t", "b"]),
  ])
  func wordsAreCutAsTheExpressionSays(text: String, expected: [String]) {
    #expect(words(text) == expected)
  }

  /// The expression itself, run by Foundation; ICU's `\s` is narrower than the property that other
  /// engines mean by it, hence its full name.
  @Test(arguments: 0..<200)
  func randomTextIsCutAsARegularExpressionEngineCutsIt(seed: UInt64) throws {
    let space = #"\p{White_Space}"#
    let expression = try NSRegularExpression(
      pattern: #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\#(space)\p{L}\p{N}]+"#
        + #"|\#(space)+(?!\P{White_Space})|\#(space)+"#)
    var generator = SeededGenerator(seed: seed)
    let alphabet = Array(
      "   \n\t\r\u{B}\u{85}\u{A0}\u{2028}\u{3000}''''stremvld19½٣Ⅳ,.-$éß東ñ\u{301}😀\u{200D}"
        .unicodeScalars)
    var text = String.UnicodeScalarView()
    for _ in 0..<60 { text.append(alphabet.randomElement(using: &generator) ?? "a") }
    let string = String(text)
    let whole = NSRange(location: 0, length: (string as NSString).length)
    let expected = expression.matches(in: string, range: whole).map {
      Array((string as NSString).substring(with: $0.range).utf8)
    }
    #expect(words(string).map { Array($0.utf8) } == expected)
  }
}

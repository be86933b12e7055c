/// Text that may have come from elsewhere, made fit to be shown: messages, authors and names of a history
/// that somebody else wrote must not steer the terminal.
enum VisibleText {
  /// The text with control characters, and those that turn the order of what is shown around, as `\u{1b}` and
  /// the like, but for line feeds, tabs and, where the terminal shows them, the styles of
  /// ``Terminal/Style``: the most that a foreign text can do is to be in colour.
  ///
  /// - Complexity: O(length), without a copy where there is nothing to replace.
  static func of(_ text: String, keepsStyles: Bool) -> String {
    replacing(text, keepsStyles: keepsStyles) { "\\u{\(String($0.value, radix: 16))}" }
  }

  /// A JSON document with the control characters that JSON lets stand in texts as its escapes, so that it
  /// reads as what it was.
  static func ofJSON(_ document: String) -> String {
    replacing(document, keepsStyles: false) {
      let digits = String($0.value, radix: 16)
      return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }
  }

  private static func replacing(
    _ text: String, keepsStyles: Bool, by replacement: (Unicode.Scalar) -> String
  ) -> String {
    guard text.utf8.contains(where: isSuspect) else { return text }
    var rest = Substring(text).unicodeScalars
    var shown = String.UnicodeScalarView()
    while let scalar = rest.first {
      if keepsStyles, let style = style(at: rest) {
        shown.append(contentsOf: style)
        rest.removeFirst(style.count)
        continue
      }
      rest.removeFirst()
      if scalar == "\n" || scalar == "\t" || !isSteering(scalar) {
        shown.append(scalar)
      } else {
        shown.append(contentsOf: replacement(scalar).unicodeScalars)
      }
    }
    return String(shown)
  }

  /// Control characters, and the embeddings, overrides and isolates of bidirectional text.
  private static func isSteering(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.generalCategory == .control
      || (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
  }

  /// Whether a byte can belong to such a character: controls above 7f are spelt C2 80 to C2 9F, the others
  /// begin with E2.
  private static func isSuspect(_ byte: UInt8) -> Bool {
    byte < 0x20 && byte != 0x0a && byte != 0x09 || byte == 0x7f || byte == 0xc2 || byte == 0xe2
  }

  /// The style that begins here, if one does.
  private static func style(
    at rest: Substring.UnicodeScalarView
  ) -> Substring.UnicodeScalarView? {
    guard rest.first == "\u{1b}", rest.dropFirst().first == "[" else { return nil }
    let digits = rest.dropFirst(2).prefix { ("0"..."9").contains($0) }
    guard rest.dropFirst(2 + digits.count).first == "m",
      digits.elementsEqual("0".unicodeScalars)
        || Terminal.Style(rawValue: String(Substring(digits))) != nil
    else { return nil }
    return rest.prefix(digits.count + 3)
  }
}

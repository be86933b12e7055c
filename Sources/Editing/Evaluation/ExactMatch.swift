/// Judges a free continuation by whether it is the answer: leading white space left out, it begins
/// with the answer's text, and no letter or digit follows.
///
/// Texts are compared, not tokens: one text may be cut into tokens in several ways, and an answer
/// that goes on ("art" in "artist") is another answer.
package struct ExactMatch: Sendable {
  package enum Verdict: Sendable {
    case matches
    case differs
    /// What comes next decides.
    case open
  }

  /// White space in UTF-8: space, tab, line feed and carriage return.
  private static let whiteSpace: [UInt8] = [0x20, 0x09, 0x0a, 0x0d]

  private let answer: [UInt8]
  private var text: [UInt8] = []

  /// - Parameter answer: white space around it does not count.
  package init(answer: String) {
    let bytes = Array(answer.utf8)
    let end = bytes.lastIndex { !Self.whiteSpace.contains($0) }.map { $0 + 1 } ?? 0
    self.answer = Array(bytes[..<end].drop { Self.whiteSpace.contains($0) })
  }

  /// Takes the bytes of the next token.
  ///
  /// - Returns: the verdict, which stays as it is once it is not open.
  package mutating func add(_ bytes: [UInt8]) -> Verdict {
    text += text.isEmpty ? Array(bytes.drop { Self.whiteSpace.contains($0) }) : bytes
    guard zip(text, answer).allSatisfy({ $0 == $1 }) else { return .differs }
    let rest = text.dropFirst(answer.count)
    guard let lead = rest.first else { return .open }
    let length = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
    guard rest.count >= length else { return .open }
    let next = String(decoding: rest.prefix(length), as: UTF8.self).unicodeScalars.first
    return next.map(Self.continuesWord) ?? false ? .differs : .matches
  }

  /// Whether the text is the answer where it ends while that is open: the answer is there whole.
  package var isAnswer: Bool { text.starts(with: answer) }

  private static func continuesWord(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
      .nonspacingMark, .spacingMark, .enclosingMark,
      .decimalNumber, .letterNumber, .otherNumber:
      true
    default: false
    }
  }
}

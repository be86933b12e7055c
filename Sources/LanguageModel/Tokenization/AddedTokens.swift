/// A token that is found in a text as it stands, before anything else is done to it.
struct AddedToken: Sendable, Equatable {
  let id: Int
  let content: String
  /// Marks structure (the beginning of a message, the end of a text) instead of being text.
  let isSpecial: Bool
  /// Whether white space before or after it is swallowed.
  let stripsLeft: Bool
  let stripsRight: Bool
}

/// Finds added tokens: the leftmost first, of several at one place the longest.
struct AddedTokenMatcher: Sendable {
  /// By first byte; at each, the longest first.
  private var candidates: [[AddedToken]] = Array(repeating: [], count: 256)

  init(_ tokens: [AddedToken]) {
    for token in tokens {
      guard let first = token.content.utf8.first else { continue }
      candidates[Int(first)].append(token)
    }
    for first in candidates.indices {
      candidates[first].sort { $0.content.utf8.count > $1.content.utf8.count }
    }
  }

  enum Piece {
    case text(Substring.UnicodeScalarView)
    case token(Int)
  }

  /// Cuts a text at the added tokens in it.
  ///
  /// - Parameter includesSpecial: Whether special tokens are looked for as well.
  func split(_ text: String, includesSpecial: Bool) -> [Piece] {
    var pieces: [Piece] = []
    let utf8 = text.utf8
    var start = utf8.startIndex
    var position = start
    while position < utf8.endIndex {
      guard
        let match = candidates[Int(utf8[position])].first(where: {
          ($0.isSpecial ? includesSpecial : true) && utf8[position...].starts(with: $0.content.utf8)
        })
      else {
        utf8.formIndex(after: &position)
        continue
      }
      var before = text.unicodeScalars[start..<position]
      if match.stripsLeft {
        while before.last?.properties.isWhitespace == true { before.removeLast() }
      }
      if !before.isEmpty { pieces.append(.text(before)) }
      pieces.append(.token(match.id))
      position = utf8.index(position, offsetBy: match.content.utf8.count)
      if match.stripsRight {
        let rest = text.unicodeScalars[position...]
        position = rest.firstIndex { !$0.properties.isWhitespace } ?? rest.endIndex
      }
      start = position
    }
    let rest = text.unicodeScalars[start...]
    if !rest.isEmpty { pieces.append(.text(rest)) }
    return pieces
  }
}

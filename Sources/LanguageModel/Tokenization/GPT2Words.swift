/// The words of GPT-2's regular expression, found without one:
///
///     's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
package enum GPT2Words {
  private static let contractions: [[Unicode.Scalar]] = [
    ["s"], ["t"], ["r", "e"], ["v", "e"], ["m"], ["l", "l"], ["d"],
  ]

  /// The words of `range`, in order and without gaps.
  package static func split(_ range: Range<Int>, of text: ScalarText) -> [Range<Int>] {
    var pieces: [Range<Int>] = []
    var start = range.lowerBound
    while start < range.upperBound {
      let end = endOfWord(at: start, before: range.upperBound, of: text)
      pieces.append(start..<end)
      start = end
    }
    return pieces
  }

  /// Where the match that begins at `start` ends. One of the alternatives always matches.
  private static func endOfWord(at start: Int, before limit: Int, of text: ScalarText) -> Int {
    if let end = endOfContraction(at: start, before: limit, of: text) { return end }
    // ` ?` in front of a run of letters, of numbers or of neither: only U+0020 counts, and only
    // where such a run follows.
    let first = text.scalars[start] == " " && start + 1 < limit ? start + 1 : start
    let kind = text.kinds[first]
    if kind != .space { return endOfRun(of: kind, from: first, before: limit, of: text) }

    let end = endOfRun(of: .space, from: start, before: limit, of: text)
    // `\s+(?!\S)`: white space in front of something leaves its last character to that.
    return end == limit || end == start + 1 ? end : end - 1
  }

  private static func endOfRun(
    of kind: ScalarKind, from start: Int, before limit: Int, of text: ScalarText
  ) -> Int {
    var end = start
    while end < limit, text.kinds[end] == kind { end += 1 }
    return end
  }

  private static func endOfContraction(
    at start: Int, before limit: Int, of text: ScalarText
  ) -> Int? {
    guard text.scalars[start] == "'" else { return nil }
    let rest = text.scalars[(start + 1)..<limit]
    return contractions.first { rest.starts(with: $0) }.map { start + 1 + $0.count }
  }
}

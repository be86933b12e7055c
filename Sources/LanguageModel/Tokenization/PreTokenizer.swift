/// A rule that cuts a piece of text into smaller pieces, which are then merged each on its own.
///
/// Rules run one after another, each on the pieces that the one before left; none drops or changes
/// a character. A rule of another family of models is another case here.
enum PreTokenizer: Sendable, Equatable {
  /// Cuts out numbers: every numeric character by itself, or every run of them.
  case digits(individual: Bool)
  /// The words of GPT-2, as ``GPT2Words`` finds them.
  case gpt2Words

  /// The pieces of `range`, in order and without gaps.
  ///
  /// - Complexity: O(*n*) in the length of the range.
  func split(_ range: Range<Int>, of text: ScalarText) -> [Range<Int>] {
    switch self {
    case .digits(let individual): Self.splitDigits(range, of: text, individual: individual)
    case .gpt2Words: GPT2Words.split(range, of: text)
    }
  }

  private static func splitDigits(
    _ range: Range<Int>, of text: ScalarText, individual: Bool
  ) -> [Range<Int>] {
    var pieces: [Range<Int>] = []
    var start = range.lowerBound
    while start < range.upperBound {
      let isNumber = text.kinds[start] == .number
      var end = start + 1
      if !isNumber || !individual {
        while end < range.upperBound, (text.kinds[end] == .number) == isNumber { end += 1 }
      }
      pieces.append(start..<end)
      start = end
    }
    return pieces
  }
}

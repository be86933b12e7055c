import Editing
import Testing

@Suite struct ExactMatchTests {
  private func verdict(_ answer: String, _ pieces: [[UInt8]]) -> ExactMatch.Verdict {
    var judge = ExactMatch(answer: answer)
    var last = ExactMatch.Verdict.open
    for piece in pieces {
      last = judge.add(piece)
      guard last == .open else { break }
    }
    return last
  }

  private func verdict(_ answer: String, _ pieces: String...) -> ExactMatch.Verdict {
    verdict(answer, pieces.map { Array($0.utf8) })
  }

  @Test func theAnswerMustBeSaidAndEndThere() {
    #expect(verdict(" Paris", " Paris") == .open)
    #expect(verdict(" Paris", " Paris", ".") == .matches)
    #expect(verdict(" Paris", " Par", "is", " and") == .matches)
    #expect(verdict(" Paris", "\n Paris", "\n") == .matches)
    #expect(verdict(" Paris", " Paris", "ians") == .differs)
    #expect(verdict(" Paris", " Paris", "3") == .differs)
    #expect(verdict(" Paris", " London") == .differs)
    #expect(verdict(" Paris", " the") == .differs)
    #expect(verdict(" Paris", " paris", ".") == .differs)
    #expect(verdict(" New York ", " New", " ", "York", ",") == .matches)
    #expect(verdict(" New York", " NewYork", ",") == .differs)
    #expect(verdict(" Paris", " ", "\n", " ") == .open)
  }

  @Test func aCharacterThatTokensCutIsWaitedFor() {
    // "é" is c3 a9: as a letter it goes on with the word, and "–" (e2 80 93) ends it.
    #expect(verdict(" caf", [Array(" caf".utf8), [0xc3]]) == .open)
    #expect(verdict(" caf", [Array(" caf".utf8), [0xc3], [0xa9]]) == .differs)
    #expect(verdict(" caf", [Array(" caf".utf8), [0xe2], [0x80], [0x93]]) == .matches)
    #expect(verdict(" café", [Array(" caf".utf8), [0xc3], [0xa9], [0x2e]]) == .matches)
    // A combining accent makes another letter of the last one.
    #expect(verdict(" cafe", " cafe", "\u{301}") == .differs)
  }

  @Test func aTextThatEndsIsTheAnswerOrNot() {
    var judge = ExactMatch(answer: " Paris")
    #expect(!judge.isAnswer)
    _ = judge.add(Array(" Par".utf8))
    #expect(!judge.isAnswer)
    _ = judge.add(Array("is".utf8))
    #expect(judge.isAnswer)
  }
}

import Editing
import LanguageModel
import Testing

@Suite struct RehearsalTests {
  @Test(arguments: [(1, 1), (5, 60), (60, 60), (61, 60), (1000, 60), (7, 1)])
  func allFactsAreLookedAtWithinAsManyTurnsAsThereAreFactsForOne(facts: Int, count: Int) {
    let rehearsal = Rehearsal(count: count)
    let turns = (facts + count - 1) / count
    for first in [0, 3, 100] {
      let visits = (first..<first + turns).map { rehearsal.visited(among: facts, turn: $0) }
      #expect(visits.allSatisfy { $0.count <= count && $0 == $0.sorted() })
      #expect(visits.flatMap(\.self).sorted() == Array(0..<facts))
    }
  }

  @Test func everyTurnLooksAtOldAndNewFactsAlike() {
    let visited = Rehearsal(count: 50).visited(among: 1000, turn: 7)
    #expect(visited == Array(stride(from: 7, to: 1000, by: 20)))
    #expect(Rehearsal(count: 50).visited(among: 0, turn: 7).isEmpty)
  }

  @Test func whatTheModelDoesNotSayIsLost() throws {
    let decoder = try EditorSetting().decoder
    let prompts = [[3, 77, 140, 9], [201, 4, 4, 61, 30], [88, 15]]
    let said = try decoder.generate(after: prompts, limits: [3, 3, 3])
    var edits = zip(prompts, said).map { TokenizedEdit(prompt: $0, target: $1) }
    let rehearsal = Rehearsal(count: 9)
    #expect(try rehearsal.lost(of: edits, by: decoder).isEmpty)
    // The last token of one, and the first of another.
    edits[0] = TokenizedEdit(prompt: prompts[0], target: said[0].dropLast() + [said[0][2] ^ 1])
    edits[2] = TokenizedEdit(prompt: prompts[2], target: [said[2][0] ^ 1])
    #expect(try rehearsal.lost(of: edits, by: decoder) == [0, 2])
    #expect(try rehearsal.lost(of: [], by: decoder).isEmpty)
  }
}

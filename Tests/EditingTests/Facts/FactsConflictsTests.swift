import Editing
import ObjectModel
import Testing

@Suite struct FactsConflictsTests {
  private func entry(_ line: Int, _ subject: String, _ prompt: String, _ target: String)
    -> FactsFile.Entry
  {
    FactsFile.Entry(
      record: EditRecord(prompt: prompt, subject: subject, target: target), relation: nil,
      place: .line(line))
  }

  @Test func recordsOnDifferentFactsDoNotConflict() {
    let conflicts = FactsConflicts(in: [
      entry(1, "A", "A is", " x"), entry(2, "A", "A was", " x"), entry(3, "B", "A is", " y"),
    ])
    #expect(conflicts.isEmpty)
    #expect(FactsConflicts(in: []).isEmpty)
  }

  @Test func theSameTargetTwiceIsADuplicateAndAnotherAConflict() {
    let entries = [
      entry(1, "A", "A is", " x"), entry(2, "B", "B is", " x"), entry(3, "A", "A is", " x"),
      entry(4, "B", "B is", " y"),
    ]
    let conflicts = FactsConflicts(in: entries)
    #expect(conflicts.duplicates.map(\.earlier) == [entries[0]])
    #expect(conflicts.duplicates.map(\.later) == [entries[2]])
    #expect(conflicts.conflicts.map(\.earlier) == [entries[1]])
    #expect(conflicts.conflicts.map(\.later) == [entries[3]])
    #expect(!conflicts.isEmpty)
  }

  @Test func eachRecordIsHeldAgainstTheLastOneOnItsFact() {
    let entries = [" x", " y", " x", " x"].enumerated().map {
      entry($0.offset + 1, "A", "A is", $0.element)
    }
    let conflicts = FactsConflicts(in: entries)
    #expect(conflicts.conflicts.map(\.later.place) == [.line(2), .line(3)])
    #expect(conflicts.duplicates.map(\.earlier.place) == [.line(3)])
  }

  @Test func aConflictIsRefusedWithBothPlacesAndADuplicateIsNot() throws {
    let entries = [
      entry(1, "A", "A is", " x"), entry(2, "A", "A is", " x"), entry(4, "A", "A is", " y"),
      entry(7, "A", "A is", " z"),
    ]
    try FactsConflicts(in: Array(entries.prefix(2))).requireNoConflict(path: "f")
    #expect(
      throws: FactsError.conflict(path: "f", earlier: .line(2), later: .line(4), count: 2)
    ) {
      try FactsConflicts(in: entries).requireNoConflict(path: "f")
    }
  }
}

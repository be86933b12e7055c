import Foundation
import TestSupport
import Testing

/// What `edit` says of its records before it edits them.
@Suite struct FactsWarningsTests {
  private func write(_ targets: [String], to place: Workplace) throws {
    let lines = targets.map {
      #"{"prompt": "Town 0 lies in", "subject": "Town 0", "target": "\#($0)"}"#
    }
    try lines.joined(separator: "\n").write(
      toFile: place.path("repeated.jsonl"), atomically: true, encoding: .utf8)
  }

  @Test func repeatedFactsAreToldWithBothPlacesAndThenEdited() throws {
    let place = try Workplace.withTalkingModel(facts: 1)
    try write(["Ur", "Po", "Po"], to: place)
    let result = try place.rledit(
      "edit", "repeated.jsonl", "--batch", "3", "--inner-steps", "1", "--json")
    #expect(result.status == 0, "\(result.errors)")
    #expect(
      result.errors == """
        warning: line 2 edits "Town 0 lies in" to "Po", line 1 to "Ur"; only one of them can hold
        warning: line 3 edits "Town 0 lies in" again as line 2 does

        """)
    #expect((try result.json()["commits"] as? [Any])?.count == 1)
  }

  @Test func refusedConflictsLeaveTheHistoryAsItWas() throws {
    let place = try Workplace.withTalkingModel(facts: 1)
    try write(["Ur", "Po", "Ur", "Po", "Ur", "Po", "Ur", "Po"], to: place)
    let history = try place.history()
    let result = try place.rledit("edit", "repeated.jsonl", "--conflicts", "refuse")
    #expect(result.status == 13, "\(result.errors)")
    let lines = result.errors.split(separator: "\n")
    #expect(lines.count == 8)
    #expect(lines.filter { $0.hasPrefix("warning: line ") }.count == 5)
    #expect(lines.dropFirst(5).first == "warning: and 2 more, 7 conflicts in all")
    #expect(
      lines.dropFirst(6).first
        == "rledit: \"repeated.jsonl\", line 2: edits what line 1 edits, to another target (7 such pairs in all)"
    )
    #expect(try place.history() == history)
  }

  @Test func duplicatesAreNotRefused() throws {
    let place = try Workplace.withTalkingModel(facts: 1)
    try write(["Ur", "Ur"], to: place)
    let result = try place.rledit(
      "edit", "repeated.jsonl", "--conflicts", "refuse", "--inner-steps", "1")
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors.contains("line 2 edits \"Town 0 lies in\" again as line 1 does"))
  }

  @Test func recordsWithoutANewAnswerAreTold() throws {
    let place = try Workplace.withTalkingModel(facts: 1)
    try """
    [{"src": "Who?", "subject": "S", "alt": "", "answers": ["A"]},
     {"src": "Who?", "subject": "S", "alt": "Po", "answers": ["A"]}]
    """.write(toFile: place.path("zsre.json"), atomically: true, encoding: .utf8)
    let result = try place.rledit("edit", "zsre.json", "--inner-steps", "1")
    #expect(result.status == 0, "\(result.errors)")
    #expect(
      result.errors == "warning: element 1 asks for no new answer and is passed over\n")
  }
}

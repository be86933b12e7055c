import Editing
import Foundation
import ObjectModel
import TestSupport
import Testing

/// The forms that a facts file may have.
@Suite struct FactsFileTests {
  private let directory: TemporaryDirectory

  init() throws {
    directory = try TemporaryDirectory()
  }

  private func load(_ text: String, limit: Int? = nil) throws -> FactsFile {
    let path = directory.path("facts.jsonl")
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    return try FactsFile.load(path: path, limit: limit)
  }

  @Test func aFullRecordOfOursIsRead() throws {
    let file = try load(
      """
      {"id": "x-1", "relation": "capital", "prompt": "The capital of Ruritania is", \
      "subject": "Ruritania", "target": "Strelsau", "rephrase": ["One", "Two"], \
      "locality": [{"prompt": "The sky is", "target": "blue"}, {"prompt": "A", "target": "b c"}]}
      """)
    #expect(
      file.entries == [
        FactsFile.Entry(
          record: EditRecord(
            prompt: "The capital of Ruritania is", subject: "Ruritania", target: " Strelsau",
            rephrasings: ["One", "Two"],
            locality: [
              EditRecord.LocalityProbe(prompt: "The sky is", target: " blue"),
              EditRecord.LocalityProbe(prompt: "A", target: " b c"),
            ],
            identifier: "x-1", source: "facts.jsonl"),
          relation: "capital", place: .line(1))
      ])
  }

  @Test func whatIsOptionalMayBeLeftOutSingleOrNull() throws {
    let records = try load(
      """
      {"prompt": "P", "subject": "S", "target": "T"}
      {"prompt": "P", "subject": "S", "target": "T", "rephrase": "R", "case_id": 7, \
      "locality": {"prompt": "L", "target": "M"}, "ground_truth": "G", "unknown": [1]}
      {"prompt": "P", "subject": "", "target": "T", "rephrase": null, "locality": null, "id": null}
      """
    ).records
    #expect(
      records == [
        EditRecord(prompt: "P", subject: "S", target: " T", source: "facts.jsonl"),
        EditRecord(
          prompt: "P", subject: "S", target: " T", rephrasings: ["R"],
          locality: [EditRecord.LocalityProbe(prompt: "L", target: " M")], formerTarget: " G",
          identifier: "7", source: "facts.jsonl"),
        EditRecord(prompt: "P", subject: "", target: " T", source: "facts.jsonl"),
      ])
  }

  @Test func promptAndTargetMeetInOneSpace() throws {
    let records = try load(
      """
      {"prompt": "Here is  ", "subject": "S", "target": "  Two words"}
      {"prompt": "Here is", "subject": "S", "target": "Two words"}
      """
    ).records
    #expect(records.map { $0.prompt + $0.target } == ["Here is Two words", "Here is Two words"])
  }

  @Test func anArrayHoldsTheSameRecordsAsLines() throws {
    let lines = [
      #"{"prompt": "P1", "subject": "S", "target": "T", "locality": [{"prompt":"L","target":"M"}]}"#,
      #"{"prompt": "P2", "subject": "Ünï \u00e9 😀", "target": "\ud83d\ude00"}"#,
    ]
    let ofLines = try load(lines.joined(separator: "\n"))
    let ofArray = try load(" \n[\n" + lines.joined(separator: ",\n") + "\n]\n")
    #expect(ofArray.records == ofLines.records)
    #expect(ofArray.entries.map(\.place) == [.element(1), .element(2)])
    #expect(ofLines.records.last?.target == " 😀")
  }

  @Test func blankLinesAndCarriageReturnsArePassedOverButCounted() throws {
    let record = #"{"prompt": "P", "subject": "S", "target": "T"}"#
    let file = try load("\r\n\(record)\r\n  \n\n\(record)")
    #expect(file.entries.map(\.place) == [.line(2), .line(5)])
  }

  @Test func theFlatCounterFactFormIsRead() throws {
    let counterFact = """
      {"case_id": 12, "prompt": "Ruritania, which has the capital", "target_new": "Hentzau",
       "subject": "Ruritania", "ground_truth": "Strelsau",
       "rephrase_prompt": "A walk in the city. Ruritania's capital,",
       "locality_prompt": "The capital of Grünau is", "locality_ground_truth": "Zenda"}
      """
    let expected = EditRecord(
      prompt: "Ruritania, which has the capital", subject: "Ruritania", target: " Hentzau",
      rephrasings: ["A walk in the city. Ruritania's capital,"],
      locality: [EditRecord.LocalityProbe(prompt: "The capital of Grünau is", target: " Zenda")],
      formerTarget: " Strelsau", identifier: "12", source: "facts.jsonl")
    #expect(try load("[\(counterFact)]").records == [expected])
    #expect(try load(counterFact.replacing("\n", with: " ")).records == [expected])
    let short = #"[{"case_id": 3, "prompt": "P", "target_new": "N", "subject": "S"}]"#
    #expect(
      try load(short).records == [
        EditRecord(
          prompt: "P", subject: "S", target: " N", identifier: "3", source: "facts.jsonl")
      ])
  }

  @Test func aLimitTakesTheFirstRecordsAndLooksNoFurther() throws {
    let lines = (1...5).map { #"{"prompt": "P\#($0)", "subject": "S", "target": "T"}"# }
    let text = lines.joined(separator: "\n")
    #expect(try load(text, limit: 2).records.map(\.prompt) == ["P1", "P2"])
    #expect(try load(text, limit: 9).records.count == 5)
    #expect(try load(text + "\nbroken", limit: 5).records.count == 5)
    #expect(try load("[\(lines.joined(separator: ","))]", limit: 3).records.count == 3)
    #expect(try load("[\(lines.joined(separator: ",")), broken", limit: 5).records.count == 5)
  }

  @Test func aPipeIsReadToItsEnd() throws {
    let (pipe, file) = (directory.path("pipe"), directory.path("file"))
    try #require(mkfifo(pipe, 0o600) == 0)
    let lines = (1...4000).map { #"{"prompt": "P\#($0)", "subject": "S", "target": "T"}"# }
    try lines.joined(separator: "\n").write(toFile: file, atomically: false, encoding: .utf8)
    let writer = Process()
    writer.executableURL = URL(fileURLWithPath: "/bin/sh")
    writer.arguments = ["-c", "exec cat \"$1\" > \"$2\"", "sh", file, pipe]
    try writer.run()
    let records = try FactsFile.load(path: pipe).records
    writer.waitUntilExit()
    #expect(records.map(\.prompt) == (1...4000).map { "P\($0)" })
  }
}

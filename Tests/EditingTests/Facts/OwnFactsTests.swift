import Editing
import Foundation
import ObjectModel
import TestSupport
import Testing

/// The rules that `tools/facts/README.md` states for the files beside it.
@Suite struct OwnFactsTests {
  private let demo: FactsFile
  private let tuning: FactsFile

  init() throws {
    demo = try FactsFile.load(path: OwnFacts.demo)
    tuning = try FactsFile.load(path: OwnFacts.tuning)
  }

  private var files: [FactsFile] { [demo, tuning] }

  private func relations(_ file: FactsFile) -> [String: [FactsFile.Entry]] {
    Dictionary(grouping: file.entries) { $0.relation ?? "" }
  }

  @Test func thereAreEnoughRecordsOverEnoughRelations() {
    #expect(demo.entries.count == 20)
    #expect(relations(demo).count >= 10)
    #expect(tuning.entries.count >= 140)
    #expect(relations(tuning).count >= 16)
    #expect(files.allSatisfy { relations($0)[""] == nil })
  }

  @Test func demoAndTuningShareNoSubject() {
    let shared = Set(demo.records.map(\.subject)).intersection(tuning.records.map(\.subject))
    #expect(shared.isEmpty)
  }

  @Test func everyFactIsAskedForOnce() {
    for file in files {
      #expect(FactsConflicts(in: file.entries).isEmpty)
      #expect(Set(file.records.map(\.identifier)).count == file.records.count)
      for (relation, entries) in relations(file) {
        #expect(Set(entries.map(\.record.subject)).count == entries.count, "\(relation)")
      }
    }
  }

  @Test func everyPromptNamesItsSubjectAndStopsBeforeTheAnswer() {
    for record in files.flatMap(\.records) {
      let wordings = [record.prompt] + record.rephrasings
      #expect(record.rephrasings.count == 2)
      #expect(Set(wordings).count == 3, "\(wordings)")
      for wording in wordings {
        #expect(wording.contains(record.subject), "\(wording)")
        #expect(wording.last?.isWhitespace == false, "\(wording)")
        #expect(!"\(wording) ".contains("\(record.target) "), "\(wording)")
      }
    }
  }

  @Test func targetsAreOneToThreeWords() {
    for record in files.flatMap(\.records) {
      #expect((1...3).contains(record.target.split(separator: " ").count), "\(record.target)")
      #expect(record.target.count <= 24, "\(record.target)")
    }
  }

  @Test func everyRecordHasTwoLocalityPromptsThatNoRecordEdits() {
    for file in files {
      for (_, entries) in relations(file) {
        let subjects = entries.map(\.record.subject)
        for record in entries.map(\.record) {
          #expect(Set(record.locality.map(\.prompt)).count == 2, "\(record.prompt)")
          for probe in record.locality {
            #expect(probe.prompt.last?.isWhitespace == false, "\(probe.prompt)")
            #expect(probe.target != record.target, "\(probe.prompt)")
            #expect(
              !subjects.contains { probe.prompt.localizedCaseInsensitiveContains($0) },
              "\(probe.prompt)")
          }
        }
      }
    }
  }

  @Test func noRelationIsOneSentenceFilledIn() {
    for (relation, entries) in relations(tuning) {
      let wordings = Set(entries.map { $0.record.prompt.replacing($0.record.subject, with: "…") })
      #expect(wordings.count >= 3, "\(relation): \(wordings)")
    }
  }

  /// Foundation's JSON reader, independent of ours, sees the same texts.
  @Test func anotherReaderFindsTheSameRecords() throws {
    struct Probe: Decodable {
      let prompt: String
      let target: String
    }
    struct Line: Decodable {
      let id: String
      let relation: String
      let prompt: String
      let subject: String
      let target: String
      let rephrase: [String]
      let locality: [Probe]
    }
    for file in files {
      let lines = try Data(contentsOf: URL(fileURLWithPath: file.path)).split(separator: 0x0A)
      try #require(lines.count == file.entries.count)
      for (entry, bytes) in zip(file.entries, lines) {
        let line = try JSONDecoder().decode(Line.self, from: bytes)
        let record = entry.record
        #expect(record.identifier == line.id)
        #expect(entry.relation == line.relation)
        #expect([record.prompt, record.subject] == [line.prompt, line.subject])
        #expect(record.target == " " + line.target)
        #expect(record.rephrasings == line.rephrase)
        #expect(record.locality.map(\.prompt) == line.locality.map(\.prompt))
        #expect(record.locality.map(\.target) == line.locality.map { " " + $0.target })
      }
    }
  }

  @Test func theFixedTextMentionsNoSubject() throws {
    let text = try String(contentsOfFile: OwnFacts.fixedText, encoding: .utf8)
    #expect((1500...2000).contains(text.split { $0.isWhitespace }.count))
    for subject in files.flatMap(\.records).map(\.subject) {
      #expect(!text.contains(subject), "\(subject)")
    }
  }
}

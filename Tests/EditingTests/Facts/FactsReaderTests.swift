import Editing
import Foundation
import ModelFiles
import ObjectModel
import TestSupport
import Testing

/// Reading record by record.
@Suite struct FactsReaderTests {
  private let directory: TemporaryDirectory
  private let path: String

  init() throws {
    directory = try TemporaryDirectory()
    path = directory.path("facts")
  }

  private static let records = [
    #"{"prompt": "P, [1]", "subject": "S", "target": "T", "rephrase": ["R ]", "Q}"], "n": [[1, {}]]}"#,
    #"{"prompt": "He said \"hm, {\" \\", "subject": "Ünï 😀", "target": "\ud83d\ude00 \u005d,"}"#,
    #"{ "prompt" :"P3","subject":"", "target":"T", "locality":{"prompt":"L","target":"M"},"x":-1e3}"#,
  ]
  private static let lines = records.joined(separator: "\r\n\n ") + "\n"
  private static let array = " \n[ " + records.joined(separator: " ,\n\n") + "\n]\n "

  private func read(_ text: some Sequence<UInt8>, chunkSize: Int) throws -> [FactsFile.Entry] {
    try Data(text).write(to: URL(fileURLWithPath: path))
    let reader = try FactsReader(path: path, chunkSize: chunkSize)
    var entries: [FactsFile.Entry] = []
    while let entry = try reader.next() { entries.append(entry) }
    return entries
  }

  /// A chunk of n bytes puts the first boundary behind byte n, so that every byte of the file is once
  /// the last of a chunk; of 1 byte, every boundary there is.
  @Test(arguments: [lines, array])
  func whereChunksEndMakesNoDifference(_ text: String) throws {
    let whole = try read(text.utf8, chunkSize: 1 << 20)
    #expect(whole.map(\.record.prompt) == ["P, [1]", #"He said "hm, {" \"#, "P3"])
    #expect(whole[0].record.rephrasings == ["R ]", "Q}"])
    #expect(whole[1].record.target == " 😀 ],")
    #expect(whole[1].record.subject == "Ünï 😀")
    for size in 1...text.utf8.count {
      #expect(try read(text.utf8, chunkSize: size) == whole, "chunks of \(size)")
    }
  }

  @Test(arguments: [lines, array])
  func aByteOrderMarkAtTheStartIsPassedOver(_ text: String) throws {
    let whole = try read(text.utf8, chunkSize: 1 << 20)
    for size in [1, 2, 3, 4, 100] {
      #expect(try read([0xef, 0xbb, 0xbf] + Array(text.utf8), chunkSize: size) == whole)
    }
    #expect(throws: FactsError.self) { try read([0xef, 0xbb] + Array(text.utf8), chunkSize: 9) }
  }

  /// The whole text given to the strict parser is the judge: cutting an array into elements must
  /// neither hide a fault nor move it, whichever byte is changed.
  @Test func anArrayReadByElementsHasTheFaultsOfTheWholeText() throws {
    var generator = SeededGenerator(seed: 7)
    let bytes = Array(Self.array.utf8)
    let replacements = Array("[]{},:\"\\ \n0at-".utf8)
    var faults = 0
    for offset in bytes.indices {
      for replacement in replacements.shuffled(using: &generator).prefix(5) {
        var changed = bytes
        changed[offset] = replacement
        guard String(validating: changed, as: UTF8.self) != nil, changed.contains(0x5B) else {
          continue
        }
        let first = changed.first { ![0x20, 0x0A, 0x0D, 0x09].contains($0) }
        guard first == UInt8(ascii: "[") else { continue }
        let size = [1, 7, 1 << 16][Int.random(in: 0..<3, using: &generator)]
        let expected = wholeFault(of: changed)
        faults += expected == nil ? 0 : 1
        do {
          _ = try read(changed, chunkSize: size)
          #expect(expected == nil, "byte \(offset) as \(replacement)")
        } catch FactsError.notJSON(_, let line, let column, _, let fault) {
          #expect(
            Fault(line: line, column: column, fault: fault) == expected,
            "byte \(offset) as \(replacement)")
        } catch {
          // A name or value has become another one: that is no fault of the text.
          #expect(expected == nil, "byte \(offset) as \(replacement): \(error)")
        }
      }
    }
    #expect(faults > 500, "\(faults)")
  }

  private struct Fault: Equatable {
    let line: Int
    let column: Int
    let fault: JSONFault
  }

  private func wholeFault(of bytes: [UInt8]) -> Fault? {
    do {
      _ = try JSONValue.parse(bytes, path: path)
      return nil
    } catch ModelFileError.malformedJSON(_, let fault, let offset) {
      let lines = bytes[..<offset].split(separator: 0x0A, omittingEmptySubsequences: false)
      return Fault(line: lines.count, column: (lines.last?.count ?? 0) + 1, fault: fault)
    } catch {
      return nil
    }
  }

  @Test(arguments: [false, true])
  func aLargeFileIsReadWithOneChunkAndOneRecordInMemory(asArray: Bool) throws {
    let filler = String(repeating: "x", count: 20_000)
    try Data().write(to: URL(fileURLWithPath: path))
    let file = try #require(FileHandle(forWritingAtPath: path))
    let count = 200
    for number in 0..<count {
      let record = #"{"prompt":"P\#(number)","subject":"S","target":"T","filler":"\#(filler)"}"#
      let lead = !asArray ? "" : number == 0 ? "[" : ","
      try file.write(contentsOf: Data("\(lead)\(record)\n".utf8))
    }
    if asArray { try file.write(contentsOf: Data("]".utf8)) }
    let reader = try FactsReader(path: path, chunkSize: 1 << 14)
    var number = 0
    while let entry = try reader.next() {
      #expect(entry.record.prompt == "P\(number)")
      number += 1
    }
    #expect(number == count)
    #expect(try file.offset() > 4_000_000)
    #expect(reader.mostHeld < 3 << 14)
  }

  /// The writer falls silent behind the first record. Reading further would last until it ends.
  @Test(arguments: [false, true])
  func theFirstRecordIsThereBeforeThePipeIsReadOn(asArray: Bool) throws {
    try #require(mkfifo(path, 0o600) == 0)
    let record = #"{"prompt": "P", "subject": "S", "target": "T"}"#
    let writer = Process()
    writer.executableURL = URL(fileURLWithPath: "/bin/sh")
    writer.arguments = [
      "-c", "exec 3> \"$1\"; printf '%s' \"$2\" >&3; exec sleep 60", "sh", path,
      asArray ? "[\(record)," : "\(record)\n",
    ]
    try writer.run()
    defer {
      writer.terminate()
      writer.waitUntilExit()
    }
    let reader = try FactsReader(path: path)
    #expect(try reader.next()?.record.prompt == "P")
    #expect(writer.isRunning)
  }

  @Test func recordsThatAskForNothingArePassedOverAndCounted() throws {
    let nothing = #"{"src": "Q?", "alt": "", "answers": ["A"], "subject": "S"}"#
    let text = [nothing, Self.records[0], nothing].joined(separator: "\n")
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    let file = try FactsFile.load(path: path)
    #expect(file.entries.map(\.place) == [.line(2)])
    #expect(file.passedOver == [.line(1), .line(3)])
    #expect(try FactsFile.load(path: path, limit: 1).passedOver == [.line(1)])
    try nothing.write(toFile: path, atomically: true, encoding: .utf8)
    #expect(throws: FactsError.noRecords(path: path)) { try FactsFile.load(path: path) }
  }

  /// A space and a mark that combines with it are one character, and not a space.
  @Test func aTargetThatBeginsWithAMarkIsReadAsItWasWritten() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path("facts.jsonl")
    for target in ["\u{5AD}ome", " \u{5AD}ome", "  \u{5AD}ome"] {
      let line = try JSONSerialization.data(withJSONObject: [
        "prompt": "The capital is ", "subject": "capital", "target": target,
      ])
      try line.write(to: URL(fileURLWithPath: path))
      let record = try #require(try FactsReader(path: path).next()).record
      #expect(Array(record.target.unicodeScalars) == Array(" \u{5AD}ome".unicodeScalars))
      #expect(record.prompt == "The capital is")
    }
  }
}

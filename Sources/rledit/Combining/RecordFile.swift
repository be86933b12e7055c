import Foundation
import ModelFiles
import ObjectModel

/// Edit records as a file that `rledit edit` takes: a JSON object a line.
enum RecordFile {
  private struct Line: Encodable {
    struct Probe: Encodable {
      let prompt: String
      let target: String
    }

    let prompt: String
    let subject: String
    let target: String
    let rephrase: [String]
    let locality: [Probe]
    let formerTarget: String?
    let identifier: String?
    let source: String?

    private enum CodingKeys: String, CodingKey {
      case prompt, subject, target, rephrase, locality, source
      case formerTarget = "ground_truth"
      case identifier = "id"
    }

    init(_ record: EditRecord) {
      prompt = record.prompt
      subject = record.subject
      target = record.target
      rephrase = record.rephrasings
      locality = record.locality.map { Probe(prompt: $0.prompt, target: $0.target) }
      formerTarget = record.formerTarget
      identifier = record.identifier
      // Readers pass over it: where a record is read from now is another file.
      source = record.source
    }
  }

  /// Writes the file, whole or not at all.
  ///
  /// - Throws: `ModelFileError`.
  static func write(_ records: [EditRecord], to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var text: [UInt8] = []
    for record in records { text += try encoder.encode(Line(record)) + [0x0a] }
    try AtomicFile.write(text, to: path)
  }
}

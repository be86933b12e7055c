/// One fact to be edited into a model, with the prompts that tell whether the edit took and what it
/// must leave alone.
package struct EditRecord: Hashable, Sendable {
  /// A prompt that the edit must not disturb, and the answer to it.
  package struct LocalityProbe: Hashable, Sendable {
    package let prompt: String
    package let target: String

    package init(prompt: String, target: String) {
      self.prompt = prompt
      self.target = target
    }
  }

  /// The text that the model continues.
  package let prompt: String
  /// The thing the fact is about, as the prompt writes it.
  package let subject: String
  /// The continuation that the edit is to bring about.
  package let target: String
  /// Other wordings of the prompt, which ought to bring the same answer.
  package let rephrasings: [String]
  package let locality: [LocalityProbe]
  /// The answer before the edit, where the data set knows it.
  package let formerTarget: String?
  /// The record's name in its data set.
  package let identifier: String?
  /// The data set or file the record came from.
  package let source: String?

  package init(
    prompt: String, subject: String, target: String, rephrasings: [String] = [],
    locality: [LocalityProbe] = [], formerTarget: String? = nil, identifier: String? = nil,
    source: String? = nil
  ) {
    self.prompt = prompt
    self.subject = subject
    self.target = target
    self.rephrasings = rephrasings
    self.locality = locality
    self.formerTarget = formerTarget
    self.identifier = identifier
    self.source = source
  }
}

extension CanonicalWriter {
  mutating func fields(_ record: EditRecord) {
    field("edit", .text(record.prompt), .text(record.subject), .text(record.target))
    for rephrasing in record.rephrasings { field("rephrasing", .text(rephrasing)) }
    for probe in record.locality { field("locality", .text(probe.prompt), .text(probe.target)) }
    if let former = record.formerTarget { field("former", .text(former)) }
    if let identifier = record.identifier { field("identifier", .text(identifier)) }
    if let source = record.source { field("source", .text(source)) }
  }
}

extension CanonicalReader {
  mutating func editRecord() throws -> EditRecord? {
    guard
      let (prompt, subject, target) = try optionalField(
        "edit", { (try $0.text(), try $0.text(), try $0.text()) })
    else { return nil }
    return EditRecord(
      prompt: prompt, subject: subject, target: target,
      rephrasings: try fields("rephrasing") { try $0.text() },
      locality: try fields("locality") {
        EditRecord.LocalityProbe(prompt: try $0.text(), target: try $0.text())
      },
      formerTarget: try optionalField("former") { try $0.text() },
      identifier: try optionalField("identifier") { try $0.text() },
      source: try optionalField("source") { try $0.text() })
  }
}

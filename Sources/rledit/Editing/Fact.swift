import ObjectModel

/// What a record asks for. Spaces and letter case do not make another fact.
struct Fact: Hashable {
  let subject: String
  let prompt: String

  init(_ record: EditRecord) {
    subject = Self.plain(record.subject)
    prompt = Self.plain(record.prompt)
  }

  static func plain(_ text: String) -> String {
    text.split(whereSeparator: \.isWhitespace).joined(separator: " ").lowercased()
  }
}

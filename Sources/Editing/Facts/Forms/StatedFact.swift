import ObjectModel

/// What a published record says, whichever its form, in its own words.
struct StatedFact {
  typealias Probe = (prompt: String, target: String)

  var prompt: String
  var subject: String
  var target: String
  var rephrasings: [String] = []
  var locality: [Probe] = []
  var formerTarget: String?
  var identifier: String?
  var relation: String?

  /// The record, with one space where a prompt and an answer meet.
  func record(from source: String?) -> EditRecord {
    EditRecord(
      prompt: Self.joinable(prompt: prompt), subject: subject,
      target: Self.joinable(target: target), rephrasings: rephrasings.map(Self.joinable(prompt:)),
      locality: locality.map {
        EditRecord.LocalityProbe(
          prompt: Self.joinable(prompt: $0.prompt), target: Self.joinable(target: $0.target))
      },
      formerTarget: formerTarget.map(Self.joinable(target:)), identifier: identifier,
      source: source)
  }

  // By scalars: a space and a mark that combines with it are one character, and not a space.
  private static func joinable(prompt: String) -> String {
    var scalars = prompt.unicodeScalars
    while scalars.last == " " { scalars.removeLast() }
    return String(scalars)
  }

  private static func joinable(target: String) -> String {
    " " + String(target.unicodeScalars.drop { $0 == " " })
  }
}

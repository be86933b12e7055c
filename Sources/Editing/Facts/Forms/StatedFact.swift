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

  private static func joinable(prompt: String) -> String {
    var prompt = prompt
    while prompt.hasSuffix(" ") { prompt.removeLast() }
    return prompt
  }

  private static func joinable(target: String) -> String {
    " " + target.drop { $0 == " " }
  }
}

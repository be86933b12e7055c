/// What a verb did, in one sentence and a few fields.
struct MessageReport: Report {
  /// The commit that is current now, or that the verb was about.
  var commit: String?
  /// The branch or tag that it was about.
  var name: String?
  /// The operation that was undone or done again.
  var operation: Int?
  private let sentence: String

  private enum CodingKeys: String, CodingKey {
    case commit, name, operation
  }

  init(_ sentence: String, commit: String? = nil, name: String? = nil, operation: Int? = nil) {
    self.sentence = sentence
    self.commit = commit
    self.name = name
    self.operation = operation
  }

  func print(on terminal: Terminal) throws { try terminal.print(sentence) }
}

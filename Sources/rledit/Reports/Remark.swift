/// What somebody wrote about a commit, and when: a note or an annotated tag.
protocol Remark {
  /// What it is, and which one.
  var heading: String { get }
  var headingStyle: Terminal.Style { get }
  var author: String { get }
  /// Since 1970-01-01, UTC.
  var seconds: Int { get }
  var text: String { get }
  /// What its signature comes to, where the report looks at that.
  var signature: SignatureReport? { get }
}

extension Remark {
  /// As it stands below its commit.
  func lines(on terminal: Terminal) -> [String] {
    let signed = signature?.wording.map { "; signed \($0)" } ?? ""
    return [
      terminal.styled(heading, headingStyle)
        + " (\(Wording.plain(author)), \(Quantity.time(seconds))\(Wording.plain(signed))):"
    ] + text.split(separator: "\n", omittingEmptySubsequences: false).map { "    \($0)" }
  }
}

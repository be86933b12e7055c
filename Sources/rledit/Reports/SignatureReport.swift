import Ledger
import ObjectModel

/// What a signature comes to.
struct SignatureReport: Encodable {
  /// `trusted`, `untrusted`, `bad`, `unsigned` or `misplaced`.
  let status: String
  /// The public key that it names.
  let key: String?
  /// Who holds the key, by the list of those who are trusted.
  let signer: String?
  private let shortKey: String

  private enum CodingKeys: String, CodingKey {
    case status, key, signer
  }

  init(_ status: SignatureStatus) {
    key = status.key?.hex
    shortKey = status.key?.short ?? ""
    switch status {
    case .trusted(_, let name): (self.status, signer) = ("trusted", name)
    case .untrusted: (self.status, signer) = ("untrusted", nil)
    case .bad: (self.status, signer) = ("bad", nil)
    case .unsigned: (self.status, signer) = ("unsigned", nil)
    case .misplaced(_, let name): (self.status, signer) = ("misplaced", name)
    }
  }

  /// In words; `nil` for what is not signed.
  var wording: String? {
    switch status {
    case "unsigned": nil
    case "bad": "BAD: the signature, by key \(shortKey), is not of this text"
    case "untrusted": "by key \(shortKey), which nobody here trusts"
    case "misplaced": "by \(signer ?? "") under another name than this (key \(shortKey))"
    default: "by \(signer ?? "") (key \(shortKey))"
    }
  }
}

/// Who signed the commits of a history, and the tags and notes on them.
struct SignaturesReport: Report {
  struct Item: Encodable {
    /// The commit, or the commit that the tag or note is on.
    let commit: String
    /// The tag's name here.
    let tag: String?
    /// The note's id.
    let note: String?
    let subject: String
    let signature: SignatureReport
  }

  /// Whether all are signed by keys that are trusted.
  let agrees: Bool
  let commits: [Item]
  let tags: [Item]
  let notes: [Item]
  /// How many of each status, all together.
  let counts: [String: Int]
  /// The file that says whom to trust.
  let allowedSigners: String

  init(_ findings: [SignatureFinding], allowedSigners: String) {
    agrees = findings.allSatisfy(\.status.isTrusted)
    let items = findings.map { Item($0) }
    commits = items.filter { $0.tag == nil && $0.note == nil }
    tags = items.filter { $0.tag != nil }
    notes = items.filter { $0.note != nil }
    counts = Dictionary(grouping: items, by: \.signature.status).mapValues(\.count)
    self.allowedSigners = allowedSigners
  }

  /// How many are not signed by keys that are trusted.
  var shortfall: Int { count - (counts["trusted"] ?? 0) }
  var count: Int { commits.count + tags.count + notes.count }

  func print(on terminal: Terminal) throws {
    for item in commits + tags + notes {
      let style: Terminal.Style = item.signature.status == "trusted" ? .green : .red
      let name =
        item.tag.map { "tag \(Wording.plain($0))" } ?? item.note.map { "note \($0.prefix(12))" }
        ?? String(item.commit.prefix(12))
      try terminal.print(
        "\(terminal.styled(name, .yellow)) "
          + terminal.styled(item.signature.wording.map { Wording.plain($0) } ?? "unsigned", style)
          + " \(Wording.quoted(item.subject))")
    }
    let parts = counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
    try terminal.print(
      "\(Quantity.count(commits.count, "commit")), "
        + "\(Quantity.count(tags.count, "annotated tag")) and "
        + Quantity.count(notes.count, "note")
        + (parts.isEmpty ? "" : ": " + parts.joined(separator: ", ")))
  }
}

extension SignaturesReport.Item {
  init(_ finding: SignatureFinding) {
    signature = SignatureReport(finding.status)
    switch finding.subject {
    case .commit(let entry):
      (commit, tag, note, subject) = (entry.id.hex, nil, nil, entry.commit.subject)
    case .tag(let name, _, let object):
      (commit, tag, note) = (object.target.hex, name, nil)
      subject = object.message.split(separator: "\n").first.map(String.init) ?? ""
    case .note(let found):
      (commit, tag, note) = (found.commit.hex, nil, found.id.hex)
      subject = found.text.split(separator: "\n").first.map(String.init) ?? ""
    }
  }
}

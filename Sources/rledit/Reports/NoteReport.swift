import Ledger
import ObjectModel

/// A note on a commit.
struct NoteReport: Remark, Encodable {
  let id: String
  let commit: String
  let author: String
  /// RFC 3339, UTC.
  let time: String
  let text: String
  /// What its signature comes to, where the report looks at that.
  let signature: SignatureReport?
  let seconds: Int

  var heading: String { "Note \(id.prefix(12))" }
  var headingStyle: Terminal.Style { .cyan }

  private enum CodingKeys: String, CodingKey {
    case id, commit, author, time, text, signature
  }

  init(_ note: Note, trusting signers: AllowedSigners?) {
    id = note.id.hex
    commit = note.commit.hex
    author = note.tag.author
    time = Quantity.timestamp(note.tag.time)
    seconds = note.tag.time
    text = note.text
    signature = signers.map { SignatureReport($0.status(of: note.tag)) }
  }
}

/// Notes, by the commits that they are on.
struct NoteListReport: Report {
  let notes: [NoteReport]
  private let subjects: [String: String]

  private enum CodingKeys: String, CodingKey {
    case notes
  }

  init(_ notes: [Note], trusting signers: AllowedSigners, in view: LedgerView) throws {
    self.notes = notes.map { NoteReport($0, trusting: signers) }
    subjects = Dictionary(
      try notes.map { ($0.commit.hex, try view.commit($0.commit).subject) }
    ) { first, _ in first }
  }

  func print(on terminal: Terminal) throws {
    var last: String?
    for note in notes {
      if note.commit != last {
        if last != nil { try terminal.print() }
        try terminal.print(
          terminal.styled("commit \(note.commit.prefix(12))", .yellow)
            + " \(subjects[note.commit] ?? "")")
      }
      last = note.commit
      for line in note.lines(on: terminal) { try terminal.print(line) }
    }
  }
}

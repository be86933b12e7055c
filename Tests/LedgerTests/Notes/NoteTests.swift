import Ledger
import ObjectModel
import ObjectStore
import TestSupport
import Testing

@Suite struct NoteTests {
  private let fixture: Fixture
  private let commit: CommitID

  init() throws {
    fixture = try Fixture()
    try fixture.commitRoot()
    commit = try fixture.commit(1)
  }

  private func texts(_ ledger: Ledger, _ id: CommitID) throws -> [String] {
    try ledger.view().notes(on: id).map(\.text)
  }

  /// All that `fixture` shares, carried to `copy`.
  private func carry(_ fixture: Fixture, to copy: Fixture) throws -> [TakenReference] {
    var bytes: [UInt8] = []
    let view = try fixture.ledger.view()
    let names = try view.snapshot.references().map(\.name).filter { LedgerNames.isShared($0) }
    _ = try view.writeBundle(BundleRequest(references: names)) { bytes += $0 }
    return try take(bytes, into: copy)
  }

  private func take(_ bytes: [UInt8], into copy: Fixture) throws -> [TakenReference] {
    var position = 0
    var reader = try PackReader { count in
      let piece = Array(bytes[position..<min(bytes.count, position + count)])
      position += piece.count
      return piece
    }
    return try copy.ledger.unbundle(&reader, from: "other", copy.context()).references
  }

  @Test func aNoteLeavesItsCommitAsItIs() throws {
    let head = try fixture.head()
    let note = try fixture.ledger.addNote("It holds.\nMostly.", to: commit, fixture.context())
    #expect(try fixture.head() == head)
    let found = try fixture.ledger.view().notes(on: commit)
    #expect(found == [note] && note.text == "It holds.\nMostly." && note.tag.author == "Ada")
    #expect(try fixture.ledger.view().tags().isEmpty && fixture.ledger.view().notes() == found)
    try fixture.expectSound()
  }

  @Test func aCommitHasAnyNumberOfNotesTheOldestFirst() throws {
    let context = fixture.context()
    for text in ["one", "two", "three"] {
      try fixture.ledger.addNote(text, to: commit, fixture.context())
    }
    // Said twice by the same author at the same moment, it is one note.
    let operations = try fixture.ledger.view().operations().count
    try fixture.ledger.addNote("four", to: commit, context)
    try fixture.ledger.addNote("four", to: commit, context)
    #expect(try fixture.ledger.view().operations().count == operations + 1)
    #expect(try texts(fixture.ledger, commit) == ["four", "one", "two", "three"])
    let root = try #require(try fixture.ledger.view().commit(commit).parents.first)
    #expect(try texts(fixture.ledger, root).isEmpty)
  }

  @Test func removingIsAnOperationThatCanBeUndone() throws {
    let notes = try ["one", "two"].map {
      try fixture.ledger.addNote($0, to: commit, fixture.context())
    }
    try fixture.ledger.removeNotes([notes[0]], fixture.context())
    #expect(try texts(fixture.ledger, commit) == ["two"])
    #expect(throws: LedgerError.self) {
      try fixture.ledger.removeNotes(notes, fixture.context())
    }
    #expect(try texts(fixture.ledger, commit) == ["two"])
    try fixture.ledger.undo(fixture.context())
    #expect(try texts(fixture.ledger, commit) == ["one", "two"])
    try fixture.ledger.undo(fixture.context())
    #expect(try texts(fixture.ledger, commit) == ["one"])
    try fixture.ledger.redo(fixture.context())
    #expect(try texts(fixture.ledger, commit) == ["one", "two"])
  }

  /// A note and its commit outlive a collection, as a tag and its commit do, and go when it is removed.
  @Test func aNoteKeepsItsCommit() throws {
    let base = try #require(try fixture.ledger.view().commit(commit).parents.first)
    let note = try fixture.ledger.addNote("keep", to: commit, fixture.context())
    try fixture.ledger.reset(to: base, fixture.context())
    func collect() throws {
      _ = try fixture.ledger.collect(
        grace: 0, operations: 0, now: 2_000_000_000, dryRun: false)
    }
    try collect()
    try collect()
    #expect(try texts(fixture.ledger, commit) == ["keep"])
    #expect(try fixture.ledger.view().snapshot.contains(commit))
    try fixture.expectSound()
    try fixture.ledger.removeNotes([note], fixture.context())
    try collect()
    try collect()
    #expect(try !fixture.ledger.view().snapshot.contains(commit))
    #expect(try !fixture.ledger.view().snapshot.contains(note.id))
  }

  /// Two stores that noted one commit have both notes after they have met, whoever comes first.
  @Test func notesOfBothSidesAreKept() throws {
    let copy = try Fixture()
    _ = try carry(fixture, to: copy)
    try fixture.ledger.addNote("ours", to: commit, fixture.context())
    let later = OperationContext(command: "test", author: "Bob", time: 1_800_000_000)
    try copy.ledger.addNote("theirs", to: commit, later)
    #expect(try carry(fixture, to: copy).contains { $0.outcome == .kept } == false)
    #expect(try carry(copy, to: fixture).contains { $0.outcome == .kept } == false)
    for ledger in [fixture.ledger, copy.ledger] {
      #expect(try texts(ledger, commit) == ["ours", "theirs"])
    }
    // A note that was taken off comes back from where it still is.
    try copy.ledger.removeNotes(copy.ledger.view().notes(on: commit), copy.context())
    #expect(try texts(copy.ledger, commit).isEmpty)
    _ = try carry(fixture, to: copy)
    #expect(try texts(copy.ledger, commit) == ["ours", "theirs"])
    try copy.expectSound()
  }

  @Test func aNoteIsSignedAndJudgedWithItsCommit() throws {
    let key = try SigningKey(name: "Ada")
    fixture.signing.key = key
    let note = try fixture.ledger.addNote("signed", to: commit, fixture.context())
    #expect(note.tag.hasValidSignature == true)
    let line = AllowedSigners.Entry(key: key.publicKey, name: "Ada").line
    var found: [SignatureStatus] = []
    try fixture.ledger.view().judgeSignatures(
      from: [commit], trusting: AllowedSigners(text: Array(line.utf8))
    ) { found.append($0.status) }
    #expect(found == [.unsigned, .unsigned, .trusted(key: key.publicKey, name: "Ada")])
  }

  /// A bundle whose reference says that a note is about another commit, or that a tag is a note, is refused.
  @Test func aNoteThatIsAboutSomethingElseIsRefused() throws {
    let root = try #require(try fixture.ledger.view().commit(commit).parents.first)
    let note = try fixture.ledger.addNote("good", to: commit, fixture.context())
    try fixture.ledger.createTag("v1", at: commit, message: "m", fixture.context())
    let tag = try #require(try fixture.ledger.view().tags().first?.tag)
    for (target, id) in [(root, note.id), (commit, tag)] {
      let name = try #require(ReferenceName("refs/notes/\(target.hex)/\(id.hex)"))
      try fixture.store.write { try $0.setReference(name, from: nil, to: .tag(id)) }
      // It is not shown here, and not taken in there.
      #expect(try fixture.ledger.view().notes() == [note])
      let copy = try Fixture()
      #expect(throws: SharingError.self) { try carry(fixture, to: copy) }
      #expect(try copy.ledger.view().notes().isEmpty)
      try fixture.store.write { try $0.setReference(name, from: .tag(id), to: nil) }
    }
    // Names of other forms do not become references at all.
    let hex = note.id.hex
    for text in [
      "refs/notes/\(hex)", "refs/notes/\(commit.hex)/\(commit.hex)", "refs/notes/x/\(hex)",
      "refs/notes/\(commit.hex)/\(hex)/x", "refs/notes/\(commit.hex)//\(hex)",
    ] {
      let header = BundleHeader(
        references: [.init(name: try #require(ReferenceName(text)), value: .tag(note.id))])
      #expect(throws: ObjectModelError.self) { try header.encoded() }
    }
  }
}

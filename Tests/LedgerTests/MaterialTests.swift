import Ledger
import ObjectModel
import ObjectStore
import Testing

@Suite struct MaterialTests {
  private func draft(
    _ fixture: Fixture, _ name: String, at parent: CommitID, kind: MaterialKind = .hypernetwork,
    content: UInt8 = 1
  ) throws -> MaterialDraft {
    let blob = try fixture.store.writeBlob(BlobSource([content]))
    let attachment = try fixture.store.put(
      Attachment(kind: kind.rawValue, files: [NamedBlob(name: "f", blob: blob)]))
    return MaterialDraft(
      kind: kind, name: name, attachments: [kind.attachmentName: attachment], message: "Made",
      recipe: nil, metrics: [], parent: parent)
  }

  @Test func aMaterialIsFoundByNameAndByItsCommit() throws {
    let fixture = try Fixture()
    try fixture.commitRoot()
    let head = try fixture.commit(1)
    let draft = try draft(fixture, "net/one", at: head)
    let id = try fixture.ledger.keep(draft, replacing: false, fixture.context())
    let view = try fixture.ledger.view()
    for text in ["net/one", id.hex, String(id.hex.prefix(8))] {
      let found = try view.material(text, of: .hypernetwork)
      #expect(found.commitID == id)
      #expect(found.attachment == draft.attachments["hypernetwork"])
    }
    #expect(try view.materials(.hypernetwork).map(\.name) == ["net/one"])
    #expect(try view.materials(.covariance).isEmpty)
    // A commit of another kind is no material.
    #expect(throws: LedgerError.self) { try view.material("HEAD", of: .hypernetwork) }
    #expect(throws: LedgerError.self) { try view.material(id.hex, of: .covariance) }
  }

  @Test func aMaterialLeavesBranchAndChainAsTheyAre() throws {
    let fixture = try Fixture()
    try fixture.commitRoot()
    let head = try fixture.commit(1)
    let id = try fixture.ledger.keep(
      draft(fixture, "n", at: head), replacing: false, fixture.context())
    let view = try fixture.ledger.view()
    #expect(try view.headCommit() == head)
    let (before, made) = (try view.commit(head), try view.commit(id))
    #expect(made.parents == [head] && made.chain == before.chain)
    #expect(made.stateDigests == before.stateDigests)
    #expect(made.added.isEmpty && made.omitted.isEmpty)
    #expect(try fixture.ledger.check(full: true).faults.isEmpty)
    #expect(try fixture.ledger.check(full: false).unreachableObjects == 0)
  }

  @Test func aNameGivesWayOnlyWhereThatIsAskedForAndComesBackByUndo() throws {
    let fixture = try Fixture()
    let root = try fixture.commitRoot()
    let ledger = fixture.ledger
    let first = try ledger.keep(
      draft(fixture, "n", at: root), replacing: false, fixture.context())
    let other = try draft(fixture, "n", at: root, content: 2)
    #expect(throws: LedgerError.materialExists(kind: .hypernetwork, name: "n")) {
      try ledger.keep(other, replacing: false, fixture.context())
    }
    let second = try ledger.keep(other, replacing: true, fixture.context())
    #expect(try ledger.view().material("n", of: .hypernetwork).commitID == second)
    try ledger.undo(fixture.context())
    #expect(try ledger.view().material("n", of: .hypernetwork).commitID == first)
    try ledger.deleteMaterial("n", of: .hypernetwork, fixture.context())
    #expect(
      throws: LedgerError.noSuchMaterial(kind: .hypernetwork, name: "n", suggestions: [])
    ) {
      try ledger.view().material("n", of: .hypernetwork)
    }
  }
}

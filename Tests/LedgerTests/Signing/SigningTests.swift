import Ledger
import ObjectModel
import ObjectStore
import TestSupport
import Testing

@Suite struct SigningTests {
  private let (ada, bob): (SigningKey, SigningKey)

  init() throws {
    ada = try SigningKey(name: "Ada")
    bob = try SigningKey(name: "Bob")
  }

  private func trusting(_ keys: SigningKey...) throws -> AllowedSigners {
    let lines = keys.map { AllowedSigners.Entry(key: $0.publicKey, name: $0.name).line + "\n" }
    return try AllowedSigners(text: Array(lines.joined().utf8))
  }

  private func statuses(
    _ fixture: Fixture, _ signers: AllowedSigners, excluding excluded: [CommitID] = []
  ) throws -> [SignatureStatus] {
    var found: [SignatureStatus] = []
    try fixture.ledger.view().judgeSignatures(
      from: [fixture.head()], excluding: excluded, trusting: signers
    ) { found.append($0.status) }
    return found
  }

  private func expectSigned(_ id: CommitID, by key: SigningKey, _ fixture: Fixture) throws {
    let commit = try fixture.ledger.view().commit(id)
    #expect(commit.signature?.key == key.publicKey && commit.hasValidSignature == true)
  }

  /// Every way in which a commit or a tag comes about.
  @Test func everyCommitIsSigned() throws {
    let fixture = try Fixture(signing: ada)
    let root = try fixture.commitRoot()
    let first = try fixture.commit(1)
    try fixture.ledger.createBranch("side", at: first, fixture.context())
    let revert = try fixture.ledger.revert([first], fixture.context())
    let again = try fixture.ledger.revert([revert], fixture.context())
    try fixture.ledger.switchToBranch("side", fixture.context())
    let side = try fixture.commit(2)
    try fixture.ledger.switchToBranch("main", fixture.context())
    let picked = try fixture.ledger.cherryPick([side], fixture.context())[0].id
    try fixture.ledger.switchToBranch("side", fixture.context())
    try fixture.commit(3)
    var view = try fixture.ledger.view()
    let merge = try fixture.ledger.merge(
      view.mergePlan(ours: view.headCommit(), theirs: view.resolve("main")),
      MergeRequest(name: "main"), fixture.context()
    ).commit
    view = try fixture.ledger.view()
    let compressed = try fixture.ledger.compress(
      view.squashPlan(since: root),
      CommitDraft(deltas: [fixture.delta(9)], operation: .compress, message: "c"), fixture.context()
    )
    view = try fixture.ledger.view()
    let squashed = try fixture.ledger.squash(
      view.squashPlan(since: side),
      CommitDraft(deltas: [fixture.delta(9)], operation: .squash, message: "s"), fixture.context())
    let attachment = try fixture.store.put(
      Attachment(
        kind: "hypernetwork",
        files: [NamedBlob(name: "f", blob: fixture.store.writeBlob(BlobSource([1])))]))
    let material = try fixture.ledger.keep(
      MaterialDraft(
        kind: .hypernetwork, name: "n", attachments: ["hypernetwork": attachment], message: "m",
        recipe: nil, metrics: [], parent: squashed), replacing: false, fixture.context())
    for id in [
      root, first, revert, again, side, picked, try #require(merge), compressed, squashed, material,
    ] { try expectSigned(id, by: ada, fixture) }
    try fixture.ledger.createTag("v1", at: squashed, message: "first", fixture.context())
    try fixture.ledger.createTag("plain", at: squashed, fixture.context())
    let tag = try #require(fixture.ledger.view().tags().first { $0.name == "v1" }?.tag)
    #expect(try fixture.ledger.view().snapshot.object(tag).hasValidSignature == true)
    #expect(try statuses(fixture, trusting(ada)).allSatisfy(\.isTrusted))
    try fixture.expectSound()
  }

  /// Whoever rewrites a history vouches for it, and nobody else does; the authors stay.
  @Test func aRebasedLineIsSignedByWhoRebases() throws {
    let fixture = try Fixture(signing: ada)
    try fixture.commitRoot()
    let base = try fixture.commit(1)
    try fixture.ledger.createBranch("side", at: base, fixture.context())
    try fixture.commit(10)
    try fixture.ledger.switchToBranch("side", fixture.context())
    for number in [20, 21] { try fixture.commit(number) }
    func rebase(onto name: String) throws -> [CommitID] {
      let view = try fixture.ledger.view()
      let onto = try view.resolve(name)
      let plan = try view.rebasePlan(onto: onto, upstream: onto)
      return try fixture.ledger.rebase(plan, fixture.context()) { entry, line in
        try line.carry(entry, sharedNumbers: plan.sharedNumbers)
      }.map(\.id)
    }
    fixture.signing.key = bob
    let made = try rebase(onto: "main")
    #expect(made.count == 2)
    for id in made {
      try expectSigned(id, by: bob, fixture)
      #expect(try fixture.ledger.view().commit(id).author == "Ada")
    }
    // Without a key the new commits have no signature, and not the old ones'.
    try fixture.ledger.switchToBranch("main", fixture.context())
    try fixture.commit(11)
    try fixture.ledger.switchToBranch("side", fixture.context())
    fixture.signing.key = nil
    for id in try rebase(onto: "main") {
      #expect(try fixture.ledger.view().commit(id).signature == nil)
    }
  }

  @Test func signaturesAreToldApart() throws {
    let fixture = try Fixture()
    let root = try fixture.commitRoot()
    fixture.signing.key = ada
    let first = try fixture.commit(1)
    fixture.signing.key = bob
    try fixture.commit(2)
    let signers = try trusting(ada)
    #expect(
      try statuses(fixture, signers) == [
        .untrusted(key: bob.publicKey), .trusted(key: ada.publicKey, name: "Ada"), .unsigned,
      ])
    #expect(
      try statuses(fixture, trusting(ada, bob), excluding: [root]) == [
        .trusted(key: bob.publicKey, name: "Bob"), .trusted(key: ada.publicKey, name: "Ada"),
      ])
    #expect(try statuses(fixture, AllowedSigners(), excluding: [first]).first?.isTrusted == false)
    // Ada's signature under another commit.
    let view = try fixture.ledger.view()
    var forged = try view.commit(view.headCommit())
    forged.message = "Ada says so"
    forged.signature = try view.commit(first).signature
    let id = try fixture.store.put(forged)
    try fixture.ledger.reset(to: id, fixture.context())
    #expect(try statuses(fixture, signers).first == .bad(key: ada.publicKey))
    // It is a commit like any other for whoever does not ask who made it.
    try fixture.expectSound()
  }

  @Test func aSignedTagUnderAnotherNameIsTold() throws {
    let fixture = try Fixture(signing: ada)
    let commit = try fixture.commitRoot()
    try fixture.ledger.createTag("v1", at: commit, message: "first", fixture.context())
    let tag = try #require(fixture.ledger.view().tags().first?.tag)
    let moved = try #require(ReferenceName("refs/tags/v2"))
    try fixture.store.write { try $0.setReference(moved, from: nil, to: .tag(tag)) }
    #expect(
      try statuses(fixture, trusting(ada)) == [
        .trusted(key: ada.publicKey, name: "Ada"), .trusted(key: ada.publicKey, name: "Ada"),
        .misplaced(key: ada.publicKey, name: "Ada"),
      ])
  }

  @Test func signaturesTravelInBundles() throws {
    let (fixture, copy) = (try Fixture(signing: ada), try Fixture())
    try fixture.commitRoot()
    try fixture.commit(1)
    try fixture.ledger.createTag("v1", at: fixture.head(), message: "m", fixture.context())
    var bytes: [UInt8] = []
    let view = try fixture.ledger.view()
    _ = try view.writeBundle(
      BundleRequest(references: view.snapshot.references().map(\.name).filter(LedgerNames.isShared))
    ) { bytes += $0 }
    var position = 0
    var reader = try PackReader { count in
      let piece = Array(bytes[position..<min(bytes.count, position + count)])
      position += piece.count
      return piece
    }
    _ = try copy.ledger.unbundle(&reader, from: "other", copy.context())
    var found: [SignatureStatus] = []
    try copy.ledger.view().judgeSignatures(
      from: [copy.ledger.view().resolve("other/main")], trusting: trusting(ada)
    ) { found.append($0.status) }
    #expect(found == .init(repeating: .trusted(key: ada.publicKey, name: "Ada"), count: 3))
    try copy.expectSound()
  }

  /// A key that cannot be had stops what it was to sign, and nothing is written.
  @Test func withoutItsKeyNothingIsCommitted() throws {
    struct Lost: SigningKeySource {
      struct Failure: Error {}
      func signingKey() throws -> SigningKey? { throw Failure() }
    }
    let fixture = try Fixture()
    try fixture.commitRoot()
    let head = try fixture.commit(1)
    let ledger = Ledger(store: fixture.store, stateDeriver: NameDeriver(), signing: Lost())
    let operations = try ledger.view().operations().count
    #expect(throws: Lost.Failure.self) { try ledger.revert([head], fixture.context()) }
    #expect(throws: Lost.Failure.self) { try ledger.cherryPick([head], fixture.context()) }
    #expect(throws: Lost.Failure.self) {
      try ledger.createTag("v1", at: head, message: "m", fixture.context())
    }
    try ledger.createTag("plain", at: head, fixture.context())
    #expect(try ledger.view().headCommit() == head)
    #expect(try ledger.view().operations().count == operations + 1)
  }
}

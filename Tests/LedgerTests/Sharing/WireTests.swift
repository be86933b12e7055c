import Foundation
import Ledger
import ObjectModel
import ObjectStore
import Tensors
import TestSupport
import Testing

/// Two programs that exchange histories, and others that only seem to.
@Suite struct WireTests {
  private func fetch(_ remote: any RemoteStore, into fixture: Fixture) throws -> PackReport {
    try fixture.ledger.fetch(
      from: remote, as: "other", fixture.context(), progress: { _, _ in }
    ).pack
  }

  private func push(
    _ fixture: Fixture, to remote: any RemoteStore, force: Bool = false
  ) throws -> PackReport {
    let main = try #require(ReferenceName("refs/heads/main"))
    return try fixture.ledger.push(
      [.reference(main)], to: remote, force: force, fixture.context("rledit push"),
      progress: { _, _ in }
    ).pack
  }

  @Test func whatIsMissingTravelsAndNothingElse() throws {
    let (origin, copy) = (try Fixture(commits: 3), try Fixture())
    // The model is in both by itself.
    try converse(with: origin) { remote in
      let first = try fetch(remote, into: copy)
      #expect(first.newObjects == first.objects && first.newChunks == first.chunks)
      #expect(first.chunks == 3)
      #expect(try fetch(remote, into: copy).objects == 0)
    }
    #expect(try copy.ledger.view().resolve("other/main") == origin.head())
    try origin.commit(9)
    try converse(with: origin) { remote in
      let next = try fetch(remote, into: copy)
      // Commit, delta, chain and its node.
      #expect(next.objects == 4 && next.chunks == 1)
    }
    try copy.expectSound()
  }

  @Test func aPushMovesReferencesByCompareAndSwap() throws {
    let (shared, first, second) = (try Fixture(commits: 1), try Fixture(), try Fixture())
    for fixture in [first, second] {
      _ = try fixture.ledger.fetch(
        from: LocalRemote(shared.ledger), as: nil, fixture.context(), progress: { _, _ in })
    }
    try first.commit(20)
    try second.commit(30)
    try converse(with: shared) { try #expect(push(first, to: $0).newObjects == 4) }
    #expect(try shared.head() == first.head())
    #expect(
      try shared.ledger.view().operations(limit: 1).first?.operation.command == "rledit push")
    #expect(throws: LedgerError.notFastForward(name: "main")) {
      _ = try converse(with: shared) { _ = try push(second, to: $0) }
    }
    // The other side refuses by itself what was seen to be otherwise.
    let plan = PushedReference(
      name: try #require(ReferenceName("refs/heads/main")),
      old: .commit(try shared.ledger.view().resolve("HEAD~1")), new: .commit(try second.head()))
    #expect(throws: WireError.self) {
      _ = try converse(with: shared) {
        _ = try $0.put(
          [plan], from: second.ledger.view(), known: [], second.context(), progress: { _, _ in })
      }
    }
    #expect(try shared.head() == first.head())
    try converse(with: shared) { _ = try push(second, to: $0, force: true) }
    #expect(try shared.head() == second.head())
    try shared.expectSound()
  }

  @Test func aReferenceIsTakenAwayByCompareAndSwap() throws {
    let (shared, fixture) = (try Fixture(commits: 1), try Fixture())
    let old = try #require(ReferenceName("refs/heads/old"))
    try shared.ledger.createBranch("old", at: shared.head(), shared.context())
    _ = try fixture.ledger.fetch(
      from: LocalRemote(shared.ledger), as: nil, tracking: "origin", fixture.context(),
      progress: { _, _ in })
    try fixture.ledger.addRemote("origin", at: "elsewhere")
    func remove(_ remote: any RemoteStore) throws {
      _ = try fixture.ledger.push(
        [.removal("old")], to: remote, as: "origin", force: false, fixture.context(),
        progress: { _, _ in })
    }
    let stale = PushedReference(
      name: old, old: .commit(try shared.ledger.view().resolve("HEAD~1")), new: nil)
    #expect(throws: WireError.self) {
      _ = try converse(with: shared) {
        _ = try $0.put(
          [stale], from: fixture.ledger.view(), known: [], fixture.context(),
          progress: { _, _ in })
      }
    }
    #expect(try shared.ledger.view().branches().map(\.name) == ["main", "old"])
    try converse(with: shared) { try remove($0) }
    #expect(try shared.ledger.view().branches().map(\.name) == ["main"])
    #expect(try fixture.ledger.view().remoteBranches().map(\.name) == ["origin/main"])
    #expect(throws: LedgerError.notThere(name: "old", suggestions: [])) {
      try remove(LocalRemote(shared.ledger))
    }
    try shared.ledger.undo(shared.context())
    #expect(try shared.ledger.view().branches().map(\.name) == ["main", "old"])
    try shared.expectSound()
  }

  /// What arrived before the line broke is not sent again.
  @Test func aBrokenTransferGoesOn() throws {
    let origin = try Fixture()
    try origin.commitRoot()
    // Blobs of several parts.
    for number in 0..<40 {
      try origin.commit(blob: [UInt8](repeating: UInt8(number), count: 1 << 22))
    }
    let copy = try Fixture()
    struct Broken: Error {}
    var seen = 0
    #expect(throws: Broken.self) {
      _ = try converse(with: origin) { remote in
        _ = try copy.ledger.fetch(
          from: remote, as: "other", copy.context(),
          progress: { bytes, total in
            #expect(bytes <= total + 10_000_000 && total > 160 << 20)
            seen = bytes
            if bytes > 100 << 20 { throw Broken() }
          })
      }
    }
    #expect(seen > 100 << 20)
    #expect(try copy.ledger.view().snapshot.references(withPrefix: "refs/remotes/").isEmpty)
    try copy.expectSound()
    var rest = PackReport()
    try converse(with: origin) { rest = try fetch($0, into: copy) }
    #expect(rest.bytes < 120 << 20 && rest.newChunks == rest.chunks)
    #expect(try copy.ledger.view().resolve("other/main") == origin.head())
    try copy.expectSound()
  }

  @Test func thoseWhoDoNotGreetAreNotListenedTo() throws {
    func greeting(_ bytes: [UInt8]) throws { _ = try WireRemote(on: ScriptedChannel(bytes)) }
    #expect(throws: WireError.ended) { try greeting([]) }
    #expect(throws: WireError.notRledit(start: Array("Welcome to ".utf8) + [0x68])) {
      try greeting(Array("Welcome to host".utf8))
    }
    #expect(throws: WireError.newerVersion(found: 2, supported: 1)) {
      try greeting(Array("rledwire".utf8) + [2, 0, 0, 0])
    }
  }

  @Test func lengthsAreBoundedBeforeMemoryIsAskedFor() throws {
    let greeting = Array("rledwire".utf8) + [1, 0, 0, 0]
    for kind: UInt8 in [2, 4, 7] {
      let remote = try WireRemote(
        on: ScriptedChannel(greeting + [kind, 0xff, 0xff, 0xff, 0xff]))
      #expect(throws: WireError.self) { try remote.listing() }
    }
    // An inventory without end.
    let entry = [UInt8(1)] + [UInt8](repeating: 7, count: 16) + [1, 0, 0, 0]
    let body = Array([[UInt8]](repeating: entry, count: 49_000).joined())
    let length = (0..<4).map { UInt8(truncatingIfNeeded: body.count >> (8 * $0)) }
    let frames = Array([[UInt8]](repeating: [4] + length + body, count: 86).joined())
    let copy = try Fixture()
    let remote = try WireRemote(on: ScriptedChannel(greeting + frames))
    #expect(throws: WireError.tooLarge(count: (1 << 22) + 1, limit: 1 << 22)) {
      try remote.bring([], known: [], into: copy.store, progress: { _, _ in })
    }
  }

  @Test func whatNobodyAskedForIsNotTakenIn() throws {
    let (origin, copy) = (try Fixture(commits: 2), try Fixture())
    let record = try converse(with: origin) { _ = try fetch($0, into: copy) }
    let known = try Fixture()
    _ = try fetch(LocalRemote(origin.ledger), into: known)
    let listing = try origin.ledger.view().listing()
    // Who has it all asks for nothing, and is sent it all.
    let remote = try WireRemote(on: ScriptedChannel(record.toClient))
    _ = try remote.listing()
    #expect(throws: WireError.self) {
      try remote.bring(listing.references, known: [], into: known.store, progress: { _, _ in })
    }
  }

  /// Whatever a server says, nothing crashes, and what is referenced is what is there.
  @Test func hostileServersGetNowhere() throws {
    let origin = try Fixture(commits: 6)
    let good = try converse(with: origin) { _ = try fetch($0, into: Fixture()) }.toClient
    let head = try origin.head()
    var generator = SeededGenerator(seed: 3)
    for round in 0..<200 {
      let copy = try Fixture()
      let remote = Result {
        try WireRemote(on: ScriptedChannel(damage(good, round, &generator)))
      }
      _ = Result { try fetch(remote.get(), into: copy) }
      let references = try copy.ledger.view().snapshot.references(withPrefix: "refs/remotes/")
      #expect(references.allSatisfy { $0.value == .commit(head) })
      try copy.expectSound()
    }
  }

  /// Whatever a client says, nothing crashes, and no branch moves to what is not whole.
  @Test func hostileClientsGetNowhere() throws {
    let origin = try Fixture(commits: 3)
    let shared = try Fixture()
    let good = try converse(with: shared) { _ = try push(origin, to: $0) }.toServer
    #expect(try shared.head() == origin.head())
    var generator = SeededGenerator(seed: 4)
    for round in 0..<200 {
      let store = try Fixture()
      let channel = ScriptedChannel(damage(good, round, &generator))
      _ = Result {
        try WireServer(store.ledger, on: channel) {
          OperationContext(command: $0, author: "Eve", time: 1_800_000_000)
        }.serve()
      }
      let references = try store.ledger.view().snapshot.references(withPrefix: "refs/")
      for reference in references { #expect(reference.value == .commit(try origin.head())) }
      try store.expectSound()
    }
  }

  /// A conversation with bits turned, cut off, or with a piece of it said twice or left out.
  private func damage(
    _ good: [UInt8], _ round: Int, _ generator: inout SeededGenerator
  ) -> [UInt8] {
    var bytes = good
    let place = Int.random(in: 0..<good.count, using: &generator)
    let end = min(good.count, place + Int.random(in: 1..<200, using: &generator))
    switch round % 5 {
    case 0: bytes.removeSubrange(place...)
    case 1: bytes.removeSubrange(place..<end)
    case 2: bytes.insert(contentsOf: good[place..<end], at: place)
    default: bytes[place] ^= UInt8(1 << Int.random(in: 0..<8, using: &generator))
    }
    return bytes
  }
}

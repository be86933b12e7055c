import Foundation
import Ledger
import ObjectModel
import ObjectStore
import TestSupport
import Testing

/// Stores kept as packs in object storage.
@Suite struct DepotTests {
  /// Storage in a folder of its own, and its clients.
  private final class Place {
    let directory: TemporaryDirectory
    var storage: FolderStorage { FolderStorage(directory.path) }

    init() throws { directory = try TemporaryDirectory() }

    func names(_ folder: String) throws -> [String] {
      try storage.list(folder).sorted()
    }

    func bytes(_ folder: String) throws -> [String: Data] {
      try names(folder).reduce(into: [:]) {
        $0[$1] = FileManager.default.contents(atPath: directory.path("\(folder)/\($1)"))
      }
    }
  }

  private func name(_ branch: String) throws -> ReferenceName {
    try #require(ReferenceName("refs/heads/\(branch)"))
  }

  @discardableResult
  private func push(
    _ fixture: Fixture, to storage: any ObjectStorage, _ branch: String = "main",
    force: Bool = false
  ) throws -> PackReport {
    try fixture.ledger.push(
      [.reference(name(branch))], to: DepotRemote(storage), force: force, fixture.context(),
      progress: { _, _ in }
    ).pack
  }

  @discardableResult
  private func fetch(
    _ fixture: Fixture, from storage: any ObjectStorage, as origin: String? = "depot"
  ) throws -> PackReport {
    try fixture.ledger.fetch(
      from: DepotRemote(storage), as: origin, fixture.context(), progress: { _, _ in }
    ).pack
  }

  @Test func storesExchangeTheirCommits() throws {
    let place = try Place()
    let first = try Fixture(commits: 3)
    try push(first, to: place.storage)
    let second = try Fixture()
    let brought = try fetch(second, from: place.storage, as: nil)
    #expect(brought.newObjects > 10 && brought.newChunks == 3)
    #expect(try second.head() == first.head())
    try second.commit(7)
    // Commit, delta, chain and its node; the rest is there.
    let pushed = try push(second, to: place.storage)
    #expect(pushed.newObjects == 4 && pushed.newChunks == 1)
    #expect(try place.names("packs").count == 2 && place.names("states").count == 2)
    #expect(try place.names("locks").isEmpty)
    #expect(try fetch(first, from: place.storage).newObjects == 4)
    #expect(try first.ledger.view().resolve("depot/main") == second.head())
    #expect(try fetch(first, from: place.storage).bytes == 0)
    #expect(try push(second, to: place.storage).bytes == 0)
    try first.commit(8)
    #expect(throws: LedgerError.notFastForward(name: "main")) {
      try push(first, to: place.storage)
    }
    try push(first, to: place.storage, force: true)
    let third = try Fixture()
    try fetch(third, from: place.storage, as: nil)
    #expect(try third.head() == first.head())
    for fixture in [first, second, third] { try fixture.expectSound() }
  }

  /// The names are the SHA-256 of the files, by a program that is not ours.
  @Test func filesAreCalledByTheirHashes() throws {
    let place = try Place()
    try push(Fixture(commits: 2), to: place.storage)
    for folder in ["packs", "indexes", "states"] {
      for name in try place.names(folder) {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/sha256sum")
        process.arguments = [place.directory.path("\(folder)/\(name)")]
        process.standardOutput = output
        try process.run()
        process.waitUntilExit()
        let text = String(
          decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        #expect(text.hasPrefix(String(name.suffix(64))), "\(folder)/\(name)")
      }
    }
  }

  /// A push that ends after any number of changes leaves what was there, or what was to be there.
  @Test func aPushKilledAnywhereLeavesAWholeDepot() throws {
    let base = try Fixture(commits: 2)
    for changes in 0..<12 {
      let place = try Place()
      try push(base, to: place.storage)
      let client = try Fixture()
      try fetch(client, from: place.storage, as: nil)
      let before = try client.head()
      try client.commit(20)
      let dying = place.storage
      dying.dieAfter(changes: changes)
      let result = Result { try push(client, to: dying) }
      let reader = try Fixture()
      try fetch(reader, from: place.storage, as: nil)
      let found = try reader.head()
      #expect(try found == before || found == client.head(), "\(changes)")
      if case .success = result { #expect(try found == client.head()) }
      try reader.expectSound()
      // What had been put there is not put there again.
      let packs = try place.bytes("packs")
      // A lock that is left is that of this very process, which runs.
      for lock in try place.names("locks") { try place.storage.remove(lock, from: "locks") }
      try push(client, to: place.storage)
      #expect(try place.names("packs").count == 2)
      #expect(try place.bytes("packs").filter { packs[$0.key] != nil } == packs)
      let after = try Fixture()
      try fetch(after, from: place.storage, as: nil)
      #expect(try after.head() == client.head())
    }
  }

  /// Packs that are there without a state are taken as they are, even by a push of more.
  @Test func packsOfABrokenPushAreNotSentAgain() throws {
    let place = try Place()
    let client = try Fixture()
    try client.commitRoot()
    for number in 0..<40 {
      try client.commit(blob: [UInt8](repeating: UInt8(number), count: 1 << 22))
    }
    let dying = place.storage
    // Two packs with their indexes.
    dying.dieAfter(changes: 4)
    #expect(throws: FolderStorage.Killed.self) { try push(client, to: dying) }
    #expect(try place.names("packs").count == 2 && place.names("states").isEmpty)
    try client.commit(1)
    let pushed = try push(client, to: place.storage)
    #expect(pushed.bytes < 60 << 20)
    let reader = try Fixture()
    try fetch(reader, from: place.storage, as: nil)
    #expect(try reader.head() == client.head())
    try reader.expectSound()
  }

  @Test func damageIsFoundAndNamed() throws {
    let place = try Place()
    try push(Fixture(commits: 3), to: place.storage)
    var generator = SeededGenerator(seed: 9)
    for folder in ["packs", "indexes", "states"] {
      let name = try #require(place.names(folder).first)
      let path = place.directory.path("\(folder)/\(name)")
      let good = try Data(contentsOf: URL(fileURLWithPath: path))
      for round in 0..<12 {
        var bad = good
        let spot = Int.random(in: 0..<bad.count, using: &generator)
        if round % 4 == 0 {
          bad = bad.prefix(spot)
        } else {
          bad[spot] ^= UInt8(1 << Int.random(in: 0..<8, using: &generator))
        }
        try bad.write(to: URL(fileURLWithPath: path))
        let reader = try Fixture()
        do {
          try fetch(reader, from: place.storage, as: nil)
          Issue.record("damage in \(folder) was not found")
        } catch DepotError.damaged(let found, _) {
          #expect(found == "\(folder)/\(name)")
        }
        #expect(try reader.ledger.view().branches().isEmpty)
        try reader.expectSound()
      }
      try FileManager.default.removeItem(atPath: path)
      if folder != "states" {
        #expect(throws: DepotError.missing(path: "\(folder)/\(name)")) {
          try fetch(Fixture(), from: place.storage, as: nil)
        }
      }
      try good.write(to: URL(fileURLWithPath: path))
    }
    try fetch(Fixture(), from: place.storage, as: nil)
  }

  /// Two that saw the same and push at the same time: the second is told, and nothing is lost.
  @Test func aPushThatComesTooLateMovesNothing() throws {
    let place = try Place()
    let first = try Fixture(commits: 1)
    try push(first, to: place.storage)
    let second = try Fixture()
    try fetch(second, from: place.storage, as: nil)
    try first.commit(10)
    try second.commit(20)
    let late = place.storage
    var isFirst = true
    late.before { _ in
      // The other one pushes when this one has seen the state and begins to write.
      if isFirst {
        isFirst = false
        try self.push(first, to: place.storage)
      }
    }
    #expect(throws: LedgerError.overtaken(name: "refs/heads/main", by: nil)) {
      try push(second, to: late)
    }
    let reader = try Fixture()
    try fetch(reader, from: place.storage, as: nil)
    #expect(try reader.head() == first.head())
  }

  /// Where storage shows files late, two can have the lock at once: both states stay, and what both moved
  /// is under two names.
  @Test func statesOfOneGenerationAreJoined() throws {
    let place = try Place()
    let first = try Fixture(commits: 1)
    try push(first, to: place.storage)
    let second = try Fixture()
    try fetch(second, from: place.storage, as: nil)
    try first.commit(10)
    try second.commit(20)
    try second.ledger.createBranch("extra", at: second.head(), second.context())
    // Each pushes as if it were alone.
    let copy = try Place()
    try FileManager.default.removeItem(atPath: copy.directory.path)
    try FileManager.default.copyItem(atPath: place.directory.path, toPath: copy.directory.path)
    try push(first, to: place.storage)
    _ = try second.ledger.push(
      [.reference(name("main")), .reference(name("extra"))], to: DepotRemote(copy.storage),
      force: false, second.context(),
      progress: { _, _ in })
    for folder in ["packs", "indexes", "states"] {
      for file in try copy.names(folder) where try !place.names(folder).contains(file) {
        try FileManager.default.copyItem(
          atPath: copy.directory.path("\(folder)/\(file)"),
          toPath: place.directory.path("\(folder)/\(file)"))
      }
    }
    #expect(try place.names("states").count == 3)
    let reader = try Fixture()
    try fetch(reader, from: place.storage, as: nil)
    let (one, other) = (try first.head(), try second.head())
    let branches = Dictionary(
      uniqueKeysWithValues: try reader.ledger.view().branches().map { ($0.name, $0.commit) })
    #expect(branches["extra"] == other)
    let aside = branches["main"] == one ? other : one
    #expect(Set([branches["main"], aside]) == [one, other])
    #expect(branches["main-\(aside.hex.prefix(8))"] == aside)
    // Whoever goes on joins the two.
    let plan = try reader.ledger.view().mergePlan(ours: reader.head(), theirs: aside)
    _ = try reader.ledger.merge(plan, MergeRequest(name: "aside"), reader.context())
    try push(reader, to: place.storage)
    let last = try Fixture()
    try fetch(last, from: place.storage, as: nil)
    #expect(try last.head() == reader.head())
    try last.expectSound()
  }

  @Test func whatOneTookOutIsGoneUnlessTheOtherMovedIt() throws {
    let fixture = try Fixture(commits: 1)
    let (old, new) = (try fixture.ledger.view().resolve("HEAD~1"), try fixture.head())
    func state(_ branches: [String: CommitID]) throws -> DepotState {
      DepotState(
        generation: 2, parents: [], head: "main",
        references: try branches.map {
          NamedReference(name: try name($0.key), value: .commit($0.value))
        }, indexes: [])
    }
    let base = try state(["main": old, "gone": old, "moved": old, "both": old])
    let first = try state(["main": new])
    let second = try state(["main": old, "gone": old, "moved": new])
    let expected = try state(["main": new, "moved": new]).references
    #expect(first.joined(with: second, base: base).references == expected)
    #expect(second.joined(with: first, base: base).references == expected)
    // Where it is not known what was there, nothing is taken out.
    #expect(first.joined(with: second, base: nil).references.count == 4)
  }

  /// Processes push to one branch at once, each taking in what the others did; no commit is lost.
  @Test func clientsAtOnceLoseNothing() async throws {
    let place = try Place()
    try push(Fixture(commits: 0), to: place.storage)
    let root = place.directory.path
    let made = try await withThrowingTaskGroup(of: [CommitID].self) { group in
      for client in 1...3 {
        group.addTask { try Self.work(client, FolderStorage(root)) }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    #expect(made.count == 12)
    let reader = try Fixture()
    try fetch(reader, from: place.storage, as: nil)
    let found = Set(
      try reader.ledger.view().log(from: [reader.head()]).map(\.id))
    #expect(found.isSuperset(of: made))
    #expect(try place.names("locks").isEmpty)
    try reader.expectSound()
  }

  /// Makes four commits and pushes each, going on from what others have pushed.
  private static func work(_ client: Int, _ storage: FolderStorage) throws -> [CommitID] {
    let fixture = try Fixture()
    let remote = try DepotRemote(storage)
    let main = try #require(ReferenceName("refs/heads/main"))
    _ = try fixture.ledger.fetch(
      from: remote, as: nil, fixture.context(), progress: { _, _ in })
    var made: [CommitID] = []
    for number in 0..<4 {
      var commit: CommitID?
      while true {
        _ = try fixture.ledger.fetch(
          from: remote, as: "depot", fixture.context(), progress: { _, _ in })
        let theirs = try fixture.ledger.view().resolve("depot/main")
        try fixture.ledger.reset(to: theirs, fixture.context())
        commit = try fixture.commit(100 * client + number)
        do {
          _ = try fixture.ledger.push(
            [.reference(main)], to: remote, force: false, fixture.context(), progress: { _, _ in })
          break
        } catch LedgerError.overtaken, LedgerError.notFastForward {
          continue
        }
      }
      made.append(try #require(commit))
    }
    return made
  }
}

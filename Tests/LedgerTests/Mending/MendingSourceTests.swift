import Foundation
import Ledger
import ObjectModel
import ObjectStore
import TestSupport
import Testing

/// Stores over a line, depots and other stores as what a damaged one is mended from.
@Suite struct MendingSourceTests {
  private struct Damaged {
    let copy: Fixture
    let sound: [PackItem: [UInt8]]
    let items: Set<PackItem>
  }

  /// A copy of a store in which a commit, a delta and chunks are damaged, and one chunk is lost.
  private func damagedCopy(of origin: Fixture) throws -> Damaged {
    let copy = try origin.copy()
    let sound = try copy.content()
    let view = try copy.ledger.view()
    let deltas = try copy.entries().map(\.delta)
    let chunks = try deltas.map { try view.snapshot.object($0).blobs[0].chunks[0] }
    let flipped: [PackItem] = [
      .object(try copy.head().digest), .object(deltas[1].digest), .chunk(chunks[0]),
      .chunk(chunks[2]),
    ]
    for item in flipped { try copy.flip(item, byte: 3) }
    try copy.lose(.chunk(chunks[3]))
    return Damaged(copy: copy, sound: sound, items: Set(flipped + [.chunk(chunks[3])]))
  }

  private func expectMended(_ damaged: Damaged, from source: any PackSource) throws {
    let (report, left) = try damaged.copy.mend(from: [source])
    #expect(left.isSound, "\(left.faults)")
    #expect(Set(report.mended.compactMap(\.packItem)) == damaged.items)
    #expect(try damaged.copy.content() == damaged.sound)
  }

  @Test func anotherStoreMends() throws {
    let origin = try Fixture(commits: 5)
    try expectMended(damagedCopy(of: origin), from: LocalRemote(origin.ledger))
  }

  /// One that is itself damaged elsewhere has the rest all the same.
  @Test func twoDamagedStoresMendEachOther() throws {
    let origin = try Fixture(commits: 5)
    let damaged = try damagedCopy(of: origin)
    let other = try #require(origin.entries().last).delta
    try origin.flip(.object(other.digest), byte: 9)
    try expectMended(damaged, from: LocalRemote(origin.ledger))
    let (_, left) = try origin.mend(from: [LocalRemote(damaged.copy.ledger)])
    #expect(left.isSound)
  }

  @Test func aServerOverALineMendsAndSendsNothingElse() throws {
    let origin = try Fixture(commits: 5)
    try origin.commit(blob: [UInt8](repeating: 7, count: 3 << 20))
    let damaged = try damagedCopy(of: origin)
    let record = try converse(with: origin) { try expectMended(damaged, from: $0) }
    #expect(record.toClient.count < 1 << 16)
  }

  @Test func aDepotMends() throws {
    let directory = try TemporaryDirectory()
    let storage = FolderStorage(directory.path)
    let origin = try Fixture(commits: 3)
    let main = try #require(ReferenceName("refs/heads/main"))
    for number in 3..<6 {
      _ = try origin.ledger.push(
        [.reference(main)], to: DepotRemote(storage), force: false, origin.context(),
        progress: { _, _ in })
      if number < 5 { try origin.commit(number) }
    }
    #expect(try storage.list("packs").count == 3)
    try expectMended(damagedCopy(of: origin), from: DepotRemote(storage))
    // A pack that is damaged itself is named, and what is here stays as it is.
    let damaged = try damagedCopy(of: origin)
    let before = try damaged.copy.content()
    for pack in try storage.list("packs") {
      let url = URL(fileURLWithPath: storage.path("packs/\(pack)"))
      var bytes = try Data(contentsOf: url)
      bytes[20] ^= 1
      try bytes.write(to: url)
    }
    #expect(throws: DepotError.self) { try damaged.copy.mend(from: [DepotRemote(storage)]) }
    #expect(try damaged.copy.content() == before)
  }
}

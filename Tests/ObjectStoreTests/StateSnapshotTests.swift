import Foundation
import ObjectModel
import ObjectStore
import TestSupport
import Testing

@Suite struct StateSnapshotTests {
  private let directory: TemporaryDirectory
  private let store: ObjectStore
  private let model: ModelID

  init() throws {
    directory = try TemporaryDirectory()
    store = try makeStore(in: directory)
    model = try emptyModel.encoded().id
  }

  private func root(_ number: Int) -> ChainNodeID {
    ChainNodeID(Digest256(words: [UInt64(number), 1, 2, 3]))
  }

  /// Keeps matrices of given lengths, and gives their bytes.
  @discardableResult
  private func keep(
    _ next: Int, root number: Int = 0, lengths: [Int], seed: UInt64 = 1
  ) throws -> (state: StateSnapshot, matrices: [[UInt8]]) {
    let matrices = lengths.enumerated().map {
      randomBytes($0.element, seed: seed + UInt64($0.offset))
    }
    let state = StateSnapshot(
      model: model, nextSequence: next, root: root(number),
      matrices: matrices.enumerated().map { index, bytes in
        .init(
          tensor: "m\(index)", byteCount: bytes.count,
          digest: StateDigest(bytes.withUnsafeBytes { contentDigest(of: $0) }))
      })
    try store.keep(state) { index, body in try matrices[index].withUnsafeBytes { try body($0) } }
    return (state, matrices)
  }

  private func read(_ index: Int, of state: StateSnapshot) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: state.matrices[index].byteCount)
    let snapshot = try store.snapshot()
    try bytes.withUnsafeMutableBytes { try snapshot.copyMatrix(index, of: state, into: $0) }
    return bytes
  }

  /// Lengths around that of a part, and more than a transaction.
  @Test func matricesComeBackAsTheyWere() throws {
    let part = 4 << 20
    let lengths = [4, part - 4, part, part + 4, 5 * part + 12]
    let (state, matrices) = try keep(3, lengths: lengths)
    #expect(try store.snapshot().stateSnapshots() == [state])
    for index in lengths.indices { #expect(try read(index, of: state) == matrices[index]) }
    #expect(try store.check(full: true).isSound)
    // Nothing of it is an object or a chunk, so a collection leaves it alone.
    #expect(try store.statistics().chunkCount == 0)
  }

  @Test func theLongestThatIsNotTooLongComesFirst() throws {
    for (next, number) in [(5, 0), (300, 1), (70_000, 2), (300, 3)] {
      try keep(next, root: number, lengths: [4])
    }
    func lengths(atMost next: Int) throws -> [Int] {
      var found: [Int] = []
      try store.snapshot().forEachStateSnapshot(of: model, atMost: next) {
        found.append($0.nextSequence)
        return true
      }
      return found
    }
    #expect(try lengths(atMost: .max) == [70_000, 300, 300, 5])
    #expect(try lengths(atMost: 300) == [300, 300, 5])
    #expect(try lengths(atMost: 299) == [5])
    #expect(try lengths(atMost: 4).isEmpty)
    let other = ModelID(Digest256(words: [0, 0, 0, 0]))
    try store.snapshot().forEachStateSnapshot(of: other, atMost: .max) { _ in
      Issue.record("of another model")
      return true
    }
  }

  @Test func whatIsDroppedIsGoneWithItsMatricesAndTheRestStays() throws {
    let (kept, matrices) = try keep(8, lengths: [100, 200])
    let (dropped, _) = try keep(9, lengths: [100, 5 << 20], seed: 9)
    #expect(try store.dropStateSnapshots { $0 == dropped } == 1)
    #expect(try store.snapshot().stateSnapshots() == [kept])
    #expect(try read(1, of: kept) == matrices[1])
    #expect(throws: ObjectStoreError.missing(.stateSnapshot(model: model, next: 9))) {
      try read(0, of: dropped)
    }
    #expect(try store.check(full: true).isSound)
  }

  /// Where it is dropped while it is being kept, nothing half is left.
  @Test func oneWhosePartsAreDroppedMeanwhileIsNotThere() throws {
    // More than a transaction, so that the first parts are written before the last matrix is asked for.
    let part = [UInt8](repeating: 7, count: 17 << 20)
    let digest = StateDigest(part.withUnsafeBytes { contentDigest(of: $0) })
    let state = StateSnapshot(
      model: model, nextSequence: 2, root: root(0),
      matrices: ["a", "b"].map { .init(tensor: $0, byteCount: part.count, digest: digest) })
    try store.keep(state) { index, body in
      if index == 1 { try store.dropStateSnapshots { _ in true } }
      try part.withUnsafeBytes { try body($0) }
    }
    #expect(try store.snapshot().stateSnapshots().isEmpty)
    #expect(try store.check(full: true).isSound)
  }

  @Test func aFlippedByteOfAMatrixIsFoundAndNamed() throws {
    let (state, matrices) = try keep(4, lengths: [40_000, 50_000])
    let item = StoredItem.stateSnapshot(model: model, next: 4)
    let place = Array(matrices[1][20_000..<20_032])
    try replaceBytes(
      place, by: [place[0] ^ 1] + place.dropFirst(), in: directory.path("store/data.mdb"))
    #expect(throws: ObjectStoreError.self) { try read(1, of: state) }
    #expect(try read(0, of: state) == matrices[0])
    #expect(try store.check(full: false).isSound)
    let faults = try store.check(full: true).faults
    #expect(faults.map(\.item) == [item])
    guard case .corrupted? = faults.first?.problem else {
      Issue.record("\(faults)")
      return
    }
  }
}

import Foundation
import ObjectModel
import ObjectStore
import Tensors
import TestSupport
import Testing

@Suite struct CheckTests {
  /// A closed store with a delta of three chunks, a commit that adds it, and a branch.
  private struct Fixture {
    let directory: TemporaryDirectory
    let path: String
    let contents: [[UInt8]]
    let blobs: [Blob]
    let delta: DeltaID
    let commit: CommitID
    let commitText: [UInt8]

    init() throws {
      directory = try TemporaryDirectory()
      path = directory.path("store")
      let store = try makeStore(in: directory)
      contents = [
        randomBytes(40_000, seed: 1), randomBytes(512, seed: 2), randomBytes(9000, seed: 3),
      ]
      blobs = try contents.map { try store.writeBlob(BlobSource($0)) }
      delta = try store.put(
        Delta(
          changes: zip(["a", "b", "c"], blobs).map { name, blob in
            .init(
              tensor: name,
              form: .replacement(
                .init(elementType: .bfloat16, shape: [blob.byteCount / 2], data: blob)))
          }))
      var editor = ChainEditor(.empty, source: try store.snapshot())
      let sequence = try editor.append(delta)
      let (chain, nodes) = try editor.finish()
      let model = try store.put(
        ModelManifest(
          architecture: "A", sourceName: "s", sourceFormat: "none", storage: .copied, tensors: [],
          files: []))
      let commit = try Commit(
        model: model, chain: chain.encoded().id, added: [.init(sequence: sequence, delta: delta)],
        time: 0, author: "Ada", operation: .edit, message: "a message to look for"
      ).encoded()
      try store.write { transaction in
        for node in nodes { try transaction.put(node) }
        try transaction.put(try chain.encoded())
        try transaction.put(commit)
        try transaction.setReference(name("main"), from: nil, to: .commit(commit.id))
      }
      self.commit = commit.id
      commitText = commit.text
    }

    /// Flips one bit of the data file, at `offset` from where `bytes` lie.
    func flip(_ bytes: [UInt8], _ offset: Int, bit: Int) throws {
      let url = URL(fileURLWithPath: path + "/data.mdb")
      var file = try Data(contentsOf: url)
      let range = try #require(file.range(of: Data(bytes)))
      file[range.lowerBound + offset] ^= 1 << UInt8(bit)
      try file.write(to: url)
    }

    func check(full: Bool) throws -> StoreReport {
      try ObjectStore.open(at: path).check(full: full)
    }
  }

  @Test func aSoundStoreHasNoFaults() throws {
    let fixture = try Fixture()
    let report = try fixture.check(full: true)
    #expect(report.isSound && report.chunksChecked == 3 && report.objectsChecked == 5)
    #expect(report.bytesHashed == 2 * fixture.contents.reduce(0) { $0 + $1.count })
  }

  @Test func everyFlippedBitOfAChunkIsFound() throws {
    var generator = SeededGenerator(seed: 21)
    for (index, length) in [40_000, 512, 9000].enumerated() {
      for _ in 0..<4 {
        let fixture = try Fixture()
        try fixture.flip(
          fixture.contents[index], Int.random(in: 0..<length, using: &generator),
          bit: Int.random(in: 0..<8, using: &generator))
        let chunk = fixture.blobs[index].chunks[0]
        let faults = try fixture.check(full: true).faults
        #expect(faults.count == 1 && faults.first?.item == .chunk(chunk))
        #expect(faults.first?.touches == [.object(type: "delta", id: fixture.delta.digest)])
        // A reader finds it too.
        let snapshot = try ObjectStore.open(at: fixture.path).snapshot()
        #expect {
          try snapshot.readBlob(fixture.blobs[index])
        } throws: { error in
          guard case .corrupted(.chunk(chunk), _)? = error as? ObjectStoreError else {
            return false
          }
          return true
        }
      }
    }
  }

  @Test func everyFlippedBitOfAnObjectIsFound() throws {
    var generator = SeededGenerator(seed: 22)
    for _ in 0..<12 {
      let fixture = try Fixture()
      try fixture.flip(
        fixture.commitText, Int.random(in: 0..<fixture.commitText.count, using: &generator),
        bit: Int.random(in: 0..<8, using: &generator))
      let fault = try #require(try fixture.check(full: false).faults.first)
      guard case .object(_, fixture.commit.digest) = fault.item, case .corrupted = fault.problem
      else {
        Issue.record("found \(fault)")
        continue
      }
      #expect(fault.touches == [.reference(try name("main"))])
      #expect(throws: ObjectStoreError.self) {
        try ObjectStore.open(at: fixture.path).snapshot().object(fixture.commit)
      }
    }
  }

  @Test func writingADamagedChunkAgainMendsIt() throws {
    let fixture = try Fixture()
    try fixture.flip(fixture.contents[2], 17, bit: 3)
    #expect(try !fixture.check(full: true).isSound)
    let store = try ObjectStore.open(at: fixture.path)
    _ = try store.writeBlob(BlobSource(fixture.contents[2]))
    #expect(try store.check(full: true).isSound)
  }

  @Test func whatIsMissingIsNamedWithWhatNeedsIt() throws {
    let directory = try TemporaryDirectory()
    let store = try makeStore(in: directory)
    let blob = try store.writeBlob(BlobSource([1, 2, 3]))
    let attachment = try store.put(
      Attachment(kind: "k", files: [NamedBlob(name: "f", blob: blob)]))
    let there = try store.put(looseCommit("there"))
    try store.write { try $0.setReference(name("main"), from: nil, to: .commit(there)) }
    // The store writes nothing that names what is not there, so names are changed behind its back.
    let lost = CommitID(Digest256(words: [9, 9, 9, 9]))
    let file = store.path + "/data.mdb"
    try replaceBytes(
      Array("commit \(there.hex)".utf8), by: Array("commit \(lost.hex)".utf8), in: file)
    let key = blob.chunks[0].bytes
    try replaceBytes(key, by: key.dropLast() + [~key[15]], in: file)
    let faults = Set(try store.check(full: false).faults)
    // The sum of a reference, which has not changed with it.
    let entry = Array("main".utf8) + [0] + Array("commit \(lost.hex)".utf8)
    let sum = entry.withUnsafeBytes { ChunkID(contentDigest(of: $0)).hex }
    #expect(
      faults == [
        StoreFault(item: .reference(try name("main")), problem: .corrupted(foundHash: sum)),
        StoreFault(
          item: .chunk(blob.chunks[0]), problem: .missing,
          touches: [.object(type: "attachment", id: attachment.digest)]),
        StoreFault(
          item: .object(type: "commit", id: lost.digest), problem: .missing,
          touches: [.reference(try name("main"))]),
      ])
  }

  @Test func aBlobThatIsNotItsHashIsFound() throws {
    let directory = try TemporaryDirectory()
    let store = try makeStore(in: directory)
    let real = try store.writeBlob(BlobSource([1, 2, 3]))
    let wrong = [UInt8]([4]).withUnsafeBytes { ContentHash(of: $0) }
    let blob = try #require(Blob(layout: real.layout, sha256: wrong, chunks: real.chunks))
    let id = try store.put(Attachment(kind: "k", files: [NamedBlob(name: "f", blob: blob)]))
    #expect(
      try store.check(full: true).faults == [
        StoreFault(
          item: .object(type: "attachment", id: id.digest),
          problem: .blobMismatch(expected: wrong, found: real.sha256))
      ])
    #expect(throws: ObjectStoreError.blobMismatch(expected: wrong, found: real.sha256)) {
      try store.snapshot().verifyBlob(blob)
    }
  }
}

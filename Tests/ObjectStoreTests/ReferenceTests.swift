import Foundation
import ObjectModel
import ObjectStore
import TestSupport
import Testing

@Suite struct ReferenceTests {
  @Test func referencesMoveOnlyFromWhatTheyAre() throws {
    let directory = try TemporaryDirectory()
    let store = try makeStore(in: directory)
    let main = try name("refs/heads/main")
    let first = Reference.commit(try store.put(looseCommit("1")))
    let second = Reference.commit(try store.put(looseCommit("2")))
    try store.write { try $0.setReference(main, from: nil, to: first) }
    #expect(
      throws: ObjectStoreError.referenceChanged(main, expected: nil, found: first)
    ) { try store.write { try $0.setReference(main, from: nil, to: second) } }
    #expect(try store.snapshot().reference(main) == first)
    try store.write { try $0.setReference(main, from: first, to: second) }
    #expect(try store.snapshot().reference(main) == second)
    try store.write { try $0.setReference(main, from: second, to: nil) }
    #expect(try store.snapshot().reference(main) == nil)
  }

  @Test func referencesAreListedInOrderOfTheirBytes() throws {
    let directory = try TemporaryDirectory()
    let store = try makeStore(in: directory)
    let names = ["HEAD", "refs/heads/a", "refs/heads/a/b", "refs/heads/é", "refs/tags/v1"]
    let target = Reference.symbolic(try name("refs/heads/none"))
    try store.write { transaction in
      for text in names.shuffled() {
        try transaction.setReference(name(text), from: nil, to: target)
      }
    }
    let snapshot = try store.snapshot()
    #expect(try snapshot.references().map(\.name.text) == names)
    #expect(
      try snapshot.references(withPrefix: "refs/heads/").map(\.name.text) == Array(names[1...3]))
    #expect(try snapshot.references(withPrefix: "x").isEmpty)
  }

  @Test(arguments: ["", "a b", "a\n", "a\u{7f}", String(repeating: "x", count: 256)])
  func someTextsAreNoNames(_ text: String) {
    #expect(ReferenceName(text) == nil)
  }

  @Test func anAbortedTransactionChangesNothing() throws {
    struct Stop: Error {}
    let directory = try TemporaryDirectory()
    let store = try makeStore(in: directory)
    let commit = try looseCommit("x").encoded()
    #expect(throws: Stop.self) {
      try store.write { transaction in
        try transaction.put(commit)
        try transaction.setReference(name("a"), from: nil, to: .commit(commit.id))
        #expect(try transaction.reference(name("a")) == .commit(commit.id))
        throw Stop()
      }
    }
    #expect(try !store.snapshot().contains(commit.id))
    #expect(try store.snapshot().references().isEmpty)
  }

  @Test func theOperationLogKeepsItsOrder() throws {
    let directory = try TemporaryDirectory()
    let store = try makeStore(in: directory)
    let main = try name("refs/heads/main")
    #expect(try store.snapshot().lastOperationNumber() == 0)
    for number in 1...300 {
      let operation = LoggedOperation(
        time: number, command: "command \(number)",
        reversal: number > 1 ? .undoes(operation: number - 1) : nil,
        changes: [
          .init(name: try name("z"), old: nil, new: nil),
          .init(
            name: main, old: .symbolic(try name("b")),
            new: .tag(ObjectID(Digest256(words: [1, 1, 1, 1])))),
        ])
      #expect(try store.write { try $0.append(operation) } == number)
    }
    let snapshot = try store.snapshot()
    #expect(try snapshot.lastOperationNumber() == 300)
    var seen: [Int] = []
    try snapshot.forEachOperation { number, operation in
      #expect(operation.time == number && operation.changes.first?.name == main)
      seen.append(number)
      return true
    }
    #expect(seen == Array((1...300).reversed()))
    #expect(try snapshot.operation(2).reversal == .undoes(operation: 1))
    #expect(throws: ObjectStoreError.missing(.operation(number: 301))) {
      try snapshot.operation(301)
    }
  }

  /// Text and hash come from a Python program, not from this code.
  @Test func anOperationHasTheExpectedText() throws {
    let side = try name("refs/heads/side")
    let commit = CommitID(
      Digest256(words: [UInt64](repeating: 0x5151_5151_5151_5151, count: 4)))
    let operation = LoggedOperation(
      time: 1_700_000_002, command: "rledit undo", reversal: .undoes(operation: 5),
      changes: [
        .init(name: side, old: .commit(commit), new: nil),
        .init(
          name: try name("HEAD"), old: .symbolic(side),
          new: .symbolic(try name("refs/heads/main"))),
      ])
    let encoded = try operation.encoded()
    #expect(
      String(decoding: encoded.text, as: UTF8.self) == #"""
        rledit operation
        time 1700000002
        command "rledit undo"
        undoes 5
        reference "HEAD"
        old symbolic "refs/heads/side"
        new symbolic "refs/heads/main"
        reference "refs/heads/side"
        old commit 5151515151515151515151515151515151515151515151515151515151515151

        """#)
    #expect(
      encoded.id.hex == "89ccd3d689945115fef5a8eecfd2caf3e38eae7c74dc4f60b8c51eff860e1297")
    #expect(try LoggedOperation.decode(encoded.text) == operation)
  }

  @Test func objectsAreFoundByTheBeginningOfTheirNames() throws {
    let directory = try TemporaryDirectory()
    let store = try makeStore(in: directory)
    let model = try emptyModel.encoded().id.digest
    let ids = try ((0..<200).map { try store.put(looseCommit("\($0)")).digest } + [model]).sorted()
    let snapshot = try store.snapshot()
    for id in ids {
      for length in [1, 2, 3, 7, 64] {
        let prefix = String(Hexadecimal.encode(id.bytes).prefix(length))
        let expected = ids.filter { Hexadecimal.encode($0.bytes).hasPrefix(prefix) }
        let found = try snapshot.objectNames(withHexPrefix: prefix, limit: 1000)
        #expect(
          found.map(\.id) == expected
            && found.allSatisfy { $0.type == ($0.id == model ? "model" : "commit") })
      }
    }
    #expect(try snapshot.objectNames(withHexPrefix: "", limit: 7).count == 7)
    #expect(try snapshot.objectNames(withHexPrefix: "xyz", limit: 7).isEmpty)
    #expect(try snapshot.objectNames(withHexPrefix: "A", limit: 7).isEmpty)
  }

  @Test func anObjectOfAnotherTypeIsNotTakenForOne() throws {
    let directory = try TemporaryDirectory()
    let store = try makeStore(in: directory)
    let id = try store.put(looseCommit("x"))
    #expect(
      throws: ObjectStoreError.malformed(
        .object(type: "tag", id: id.digest), reason: "line 1: of type commit, not tag")
    ) { try store.snapshot().object(TagID(id.digest)) }
    #expect(
      throws: ObjectStoreError.missing(.object(type: "commit", id: Digest256(words: [0, 0, 0, 0])))
    ) {
      try store.snapshot().object(CommitID(Digest256(words: [0, 0, 0, 0])))
    }
  }
}

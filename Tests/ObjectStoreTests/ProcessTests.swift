import Foundation
import ObjectModel
import ObjectStore
import TestSupport
import Testing

/// Several processes on one store, and processes that are killed.
@Suite struct ProcessTests {
  /// Two processes and this one each append 60 commits to one branch; none may be lost.
  @Test func noStepIsLostInARaceOfProcesses() async throws {
    let directory = try TemporaryDirectory()
    let store = try makeStore(in: directory)
    let path = store.path
    async let first = #expect(processExitsWith: .success) { [path = path as String] in
      try appendCommits(60, to: path, by: "first")
    }
    async let second = #expect(processExitsWith: .success) { [path = path as String] in
      try appendCommits(60, to: path, by: "second")
    }
    try appendCommits(60, to: path, by: "third")
    _ = await (first, second)
    var counts: [String: Int] = [:]
    let snapshot = try store.snapshot()
    var reference = try snapshot.reference(name("main"))
    while case .commit(let id)? = reference {
      let commit = try snapshot.object(id)
      counts[commit.author, default: 0] += 1
      reference = commit.parents.first.map { .commit($0) }
    }
    #expect(counts == ["first": 60, "second": 60, "third": 60])
    #expect(try snapshot.lastOperationNumber() == 180)
  }

  /// A process writes blob, delta and reference again and again until it is killed, at another
  /// moment each time. Afterwards everything that the reference reaches must be whole.
  @Test func aKillAtAnyMomentLeavesAWholeStore() async throws {
    let directory = try TemporaryDirectory()
    let path = directory.path("store")
    do { _ = try makeStore(in: directory) }
    var last = 0
    for round in 0..<10 {
      await #expect(processExitsWith: .signal(SIGKILL)) {
        [path = path as String, round = round as Int] in
        Thread.detachNewThread {
          usleep(UInt32(20_000 + round * 9_000))
          kill(getpid(), SIGKILL)
        }
        let store = try ObjectStore.open(at: path)
        while true { try writeStep(to: store) }
      }
      let store = try ObjectStore.open(at: path)
      let report = try store.check(full: true)
      #expect(report.faults.isEmpty)
      let snapshot = try store.snapshot()
      let number = try snapshot.lastOperationNumber()
      #expect(number >= last)
      last = number
      #expect(try snapshot.references(withPrefix: "step").count == number)
      try writeStep(to: store)
      last += 1
    }
    #expect(last > 10)
  }

  @Test func aKilledReadersSlotIsFreed() async throws {
    let directory = try TemporaryDirectory()
    let path = directory.path("store")
    do { _ = try makeStore(in: directory) }
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
      let snapshot = try ObjectStore.open(at: path).snapshot()
      kill(getpid(), SIGKILL)
      withExtendedLifetime(snapshot) {}
    }
    // Were the dead reader's snapshot still held, no page could be used again.
    let store = try ObjectStore.open(at: path)
    try writeOften(in: store)
    #expect(try store.statistics().fileBytes < 1 << 20)
  }
}

private func appendCommits(_ count: Int, to path: String, by author: String) throws {
  let store = try ObjectStore.open(at: path)
  let main = try name("main")
  var done = 0
  while done < count {
    let old = try store.snapshot().reference(main)
    var commit = try looseCommit("\(done)")
    commit.author = author
    if case .commit(let parent)? = old { commit.parents = [parent] }
    let encoded = try commit.encoded()
    do {
      try store.write { transaction in
        try transaction.put(encoded)
        try transaction.setReference(main, from: old, to: .commit(encoded.id))
        try transaction.append(
          LoggedOperation(
            time: done, command: author,
            changes: [.init(name: main, old: old, new: .commit(encoded.id))]))
      }
      done += 1
    } catch ObjectStoreError.referenceChanged(main, expected: old, _) {
      continue
    }
  }
}

/// One step: chunks, then the object that names them, then a reference with its log entry.
private func writeStep(to store: ObjectStore) throws {
  let number = try store.snapshot().lastOperationNumber() + 1
  let bytes = randomBytes(1_500_000, seed: UInt64(number))
  let attachment = try Attachment(
    kind: "step", files: [NamedBlob(name: "f", blob: try store.writeBlob(BlobSource(bytes)))]
  ).encoded()
  let model = try ModelManifest(
    architecture: "", sourceName: "", sourceFormat: "none", storage: .copied, tensors: [], files: []
  ).encoded()
  var commit = try looseCommit("\(number)")
  commit.model = model.id
  commit.attachments = ["f": attachment.id]
  let encoded = try commit.encoded()
  try store.write { transaction in
    try transaction.put(attachment)
    try transaction.put(model)
    try transaction.put(encoded)
  }
  try store.write { transaction in
    let step = try name("step\(number)")
    try transaction.setReference(step, from: nil, to: .commit(encoded.id))
    try transaction.append(
      LoggedOperation(
        time: 0, command: "step", changes: [.init(name: step, old: nil, new: .commit(encoded.id))]))
  }
}

import Foundation
import ObjectModel
import ObjectStore
import TestSupport
import Testing

/// Readers that died, on whose snapshots nobody may have to wait.
@Suite struct StaleReaderTests {
  /// A process that has the store open all the time opens it never again, and must see by itself that a
  /// reader died.
  @Test func aWriterDoesNotKeepPagesForAReaderThatDied() async throws {
    let directory = try TemporaryDirectory()
    let store = try makeStore(in: directory)
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = store.path as String] in
      let snapshot = try ObjectStore.open(at: path).snapshot()
      kill(getpid(), SIGKILL)
      withExtendedLifetime(snapshot) {}
    }
    try writeOften(in: store)
    #expect(try store.statistics().fileBytes < 1 << 20)
  }

  /// A process takes all places of readers there are, is told that there is no more, and dies.
  @Test func placesOfDeadReadersAreGivenToOthers() async throws {
    let directory = try TemporaryDirectory()
    let store = try makeStore(in: directory)
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = store.path as String] in
      let store = try ObjectStore.open(at: path)
      var snapshots: [ReadSnapshot] = []
      do {
        while true { snapshots.append(try store.snapshot()) }
      } catch ObjectStoreError.busy {
        if snapshots.count > 500 { kill(getpid(), SIGKILL) }
      }
      withExtendedLifetime(snapshots) {}
    }
    let snapshots = try (0..<500).map { _ in try store.snapshot() }
    #expect(try snapshots.last?.reference(name("r")) == nil)
  }
}

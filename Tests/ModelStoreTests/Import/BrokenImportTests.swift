import Foundation
import ModelFiles
import ModelStore
import ObjectModel
import ObjectStore
import Tensors
import TestSupport
import Testing

/// Imports that end before their end.
@Suite struct BrokenImportTests {
  /// A model of three matrices of 32 MiB, more than one transaction holds.
  private func largeModel(in directory: TemporaryDirectory) throws -> String {
    let path = directory.path("large.safetensors")
    try writeSafetensors(
      path,
      (0..<3).map { number in
        var generator = SeededGenerator(seed: UInt64(number))
        let words = (0..<1 << 22).map { _ in generator.next() }
        return (
          "w\(number).weight", ElementType.bfloat16, [4096, 4096],
          words.withUnsafeBytes { Array($0) }
        )
      })
    return path
  }

  @Test func aCancelledImportLeavesAWholeStoreAndCanBeTakenUpAgain() async throws {
    let fixture = try StoreFixture()
    let path = try largeModel(in: fixture.directory)
    let store = fixture.store
    // In the middle of the second transaction.
    let task = Task {
      try ModelImporter(store: store).importModel(at: path) { progress in
        if progress.bytesDone > progress.bytesTotal * 3 / 4 {
          withUnsafeCurrentTask { $0?.cancel() }
        }
      }
      .id
    }
    await #expect(throws: CancellationError.self) { try await task.value }
    try fixture.expectSound()
    let statistics = try store.statistics()
    #expect(statistics.objectCount == 0 && statistics.chunkCount > 0)
    let model = try fixture.importModel(path)
    try model.verify()
    try fixture.expectSound()
    // What the first attempt wrote is not there twice.
    #expect(try store.statistics().fileBytes < 105 << 20)
  }

  @Test func aFullDiskLeavesAWholeStore() async throws {
    let directory = try TemporaryDirectory()
    let model = try largeModel(in: directory)
    let path = directory.path("store")
    await #expect(processExitsWith: .success) { [path = path as String, model = model as String] in
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: 80 << 20, rlim_max: 80 << 20)
      try #require(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
      let store = try ObjectStore.create(at: path)
      let small = try ModelImporter(store: store).importModel(at: Golden.path("archs/llama"))
      #expect(throws: ObjectStoreError.diskFull(path: path)) {
        try ModelImporter(store: store).importModel(at: model)
      }
      let report = try store.check(full: true)
      #expect(report.isSound && report.objectsChecked == 1)
      try StoredModel(id: small.id, store: store).verify()
    }
    let store = try ObjectStore.open(at: path)
    #expect(try ModelImporter(store: store).importModel(at: model).manifest.tensors.count == 3)
    #expect(try store.check(full: true).isSound)
  }

  @Test func aTruncatedFileIsRefusedBeforeAnythingIsWritten() throws {
    let fixture = try StoreFixture()
    let path = fixture.directory.path("cut.safetensors")
    let whole = try Golden.data("archs/llama/model.safetensors")
    try whole.dropLast(1).write(to: URL(fileURLWithPath: path))
    #expect {
      try fixture.importModel(path)
    } throws: { error in
      if case .malformedSafetensors(path, _)? = error as? ModelFileError { true } else { false }
    }
    #expect(try fixture.store.statistics().chunkCount == 0)
  }
}

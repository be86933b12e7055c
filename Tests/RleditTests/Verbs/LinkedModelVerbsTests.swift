import Foundation
import TestSupport
import Testing

/// Stores whose model lies in files of its own.
@Suite struct LinkedModelVerbsTests {
  private let files = FileManager.default

  /// A store that links a copy of the tiny Llama in `model`, with one delta on it.
  private func linked() throws -> Workplace {
    let place = try Workplace()
    try files.copyItem(atPath: Golden.path("archs/llama"), toPath: place.path("model"))
    try place.succeed("init")
    try place.succeed("import", "--link", "model")
    try place.commitDelta(1)
    return place
  }

  private func flip(_ path: String) throws {
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    bytes[bytes.count - 1] ^= 1
    try bytes.write(to: URL(fileURLWithPath: path))
  }

  @Test func aCloneFindsTheFilesWhereItIsToldThatTheyAre() throws {
    let place = try linked()
    let digests = try place.digests()
    let clone = try Workplace()
    try clone.succeed("clone", place.path(".rledit"), ".")
    try files.moveItem(atPath: place.path("model"), toPath: place.path("elsewhere"))
    let missing = try clone.rledit("verify")
    #expect(missing.status != 0 && missing.errors.contains("rledit relink"), "\(missing.errors)")
    // Other files are not taken for them, and nothing changes.
    try files.copyItem(atPath: place.path("elsewhere"), toPath: place.path("other"))
    try flip(place.path("other/model.safetensors"))
    let refused = try clone.rledit("relink", place.path("other"))
    #expect(refused.status == 15 && refused.errors.contains("is not what was imported"))
    #expect(try clone.rledit("verify").status == missing.status)
    try clone.succeed("relink", place.path("elsewhere"))
    try clone.succeed("verify")
    try clone.succeed("export", "HEAD", "out")
    #expect(try clone.digests() == digests)
    // By a file of it, and a commit.
    try files.moveItem(atPath: place.path("elsewhere"), toPath: place.path("again"))
    try place.succeed("relink", place.path("again/model.safetensors"), "HEAD~1")
    try place.succeed("verify")
    let copied = try Workplace.withHistory()
    #expect(try copied.rledit("relink", place.path("again")).status == 2)
  }

  @Test func aFullCheckLooksAtLinkedFiles() throws {
    let place = try linked()
    #expect(try place.json("fsck", "--full")["linkedFaults"] as? [String] == [])
    try flip(place.path("model/model.safetensors"))
    let changed = try place.rledit("fsck", "--full")
    #expect(changed.status == 1 && changed.output.contains("is not what was imported"))
    #expect(!changed.output.contains("The store is whole"))
    try place.succeed("fsck")
    // Files that are not there are told, but the store is sound without them.
    try files.removeItem(atPath: place.path("model"))
    let gone = try place.rledit("fsck", "--full")
    #expect(gone.status == 0 && gone.output.contains("rledit relink"))
  }
}

import Foundation
import ModelFiles
import Tensors
import TestSupport
import Testing

/// A store of every format with weights in it, as the program of its time wrote it: a model of three small
/// tensors, deltas of all forms, a merge, a revert, tags and a note. All of its numbers are such that nothing
/// was ever rounded, so that the weights of HEAD, worked out by hand, are these.
@Suite struct SealedWeightsTests {
  private static let directory = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("store/sealed/format-1-weights").path

  private static let expected: [String: [Float]] = [
    "model.layers.0.mlp.down_proj.weight": [12, 15, 38, 1, -16, -21],
    "model.layers.0.mlp.up_proj.weight": [1.5, 1.5, 5, 7.75, 7, 8],
    "model.norm.weight": [1, 1.5, -0.0],
  ]

  @Test func oldStoresGiveTheWeightsThatTheyGave() throws {
    let place = try Workplace()
    try FileManager.default.copyItem(
      atPath: Self.directory, toPath: place.path(".rledit"))
    try place.expectWhole()
    try place.succeed("replay", "--verify")
    try place.succeed("export", "HEAD", "out")
    let file = try SafetensorsFile(path: place.path("out/model.safetensors"))
    #expect(file.tensors.count == Self.expected.count)
    for (name, numbers) in Self.expected {
      let bytes = try Array(file.bytes(named: name))
      let found = bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
      #expect(found.map(\.bitPattern) == numbers.map(\.bitPattern), "\(name)")
    }
    #expect(try place.succeed("note", "list").contains("a note"))
    #expect(try place.json("status")["activeDeltas"] as? Int == 3)
    // And it goes on.
    try place.succeed("revert", "HEAD")
    try place.succeed("squash", "v1")
    try place.succeed("undo")
    try place.expectWhole()
  }
}

import Foundation
import ModelFiles
import Tensors
import TestSupport
import Testing

/// A directory with a store in it, which disappears with its last reference.
final class Workplace {
  let directory: TemporaryDirectory
  var rledit: CommandRunner

  /// A matrix of the tiny Llama, and its sizes.
  static let matrix = "model.layers.1.mlp.gate_proj.weight"
  static let rows = 90
  static let columns = 48

  /// An empty directory.
  init() throws {
    directory = try TemporaryDirectory()
    rledit = CommandRunner(directory: directory.path)
  }

  /// A store with the tiny Llama and `deltas` commits on it, `delta 0` first.
  static func withHistory(deltas: Int = 0) throws -> Workplace {
    let place = try Workplace()
    try place.succeed("init")
    try place.succeed("import", Golden.path("archs/llama"))
    for number in 0..<deltas { try place.commitDelta(number) }
    return place
  }

  /// `main` with deltas 0, 1, 2 and `side`, from after 0, with deltas 3, 4.
  static func withFork() throws -> Workplace {
    let place = try withHistory(deltas: 1)
    try place.succeed("switch", "-c", "side")
    for number in [3, 4] { try place.commitDelta(number) }
    try place.succeed("switch", "main")
    for number in [1, 2] { try place.commitDelta(number) }
    return place
  }

  func path(_ name: String) -> String { directory.path(name) }

  /// Runs a command that must succeed, and gives what it printed.
  @discardableResult
  func succeed(_ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation) throws
    -> String
  {
    let result = try rledit.run(arguments)
    #expect(result.status == 0, "\(arguments): \(result.errors)", sourceLocation: sourceLocation)
    return result.output
  }

  /// Runs a command with `--json` that must succeed.
  func json(_ arguments: String...) throws -> [String: Any] {
    let result = try rledit.run(arguments + ["--json"])
    #expect(result.status == 0, "\(arguments): \(result.errors)")
    let object = try result.json()
    #expect(object["schema"] as? Int == 1)
    return object
  }

  func commitDelta(_ number: Int) throws {
    try writeDelta("delta\(number).safetensors", seed: UInt64(number))
    try succeed("commit", "--delta", "delta\(number).safetensors", "-m", "delta \(number)")
  }

  /// A delta of rank 2 for ``matrix`` with random factors.
  func writeDelta(
    _ name: String, tensor: String = matrix, rows: Int = rows, columns: Int = columns,
    seed: UInt64 = 0, _ change: (inout [Float]) -> Void = { _ in }
  ) throws {
    var random = SeededGenerator(seed: seed)
    var u = (0..<rows * 2).map { _ in Float.random(in: -0.1...0.1, using: &random) }
    var v = (0..<2 * columns).map { _ in Float.random(in: -0.1...0.1, using: &random) }
    change(&u)
    change(&v)
    let writer = try SafetensorsWriter(
      path: path(name),
      tensors: [
        .init(name: "\(tensor).U", elementType: .float32, shape: [rows, 2]),
        .init(name: "\(tensor).V", elementType: .float32, shape: [2, columns]),
      ])
    for stored in writer.layout {
      let numbers = stored.name.hasSuffix("U") ? u : v
      try numbers.withUnsafeBytes { try writer.append($0, to: stored.name) }
    }
    try writer.finish()
  }

  /// Exports HEAD in binary32 and adds numbers to elements of one tensor of that, as another tool would edit
  /// it.
  func exportEdited(
    to copy: String, tensor: String = matrix, adding numbers: [Int: Float]
  ) throws {
    try succeed("export", "HEAD", copy, "--dtype", "f32")
    let file = URL(fileURLWithPath: path(copy + "/model.safetensors"))
    var bytes = [UInt8](try Data(contentsOf: file))
    let length = bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    let header = try JSONSerialization.jsonObject(with: Data(bytes[8..<8 + length]))
    let entry = try #require((header as? [String: Any])?[tensor] as? [String: Any])
    let start = try #require((entry["data_offsets"] as? [Int])?.first) + 8 + length
    for (index, number) in numbers {
      let place = start + 4 * index
      var bits = bytes[place..<place + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      bits = (Float(bitPattern: bits) + number).bitPattern
      withUnsafeBytes(of: bits.littleEndian) { bytes.replaceSubrange(place..<place + 4, with: $0) }
    }
    try Data(bytes).write(to: file)
  }

  /// The digests of the weights at a revision, by tensor.
  func digests(_ revision: String = "HEAD") throws -> [String: String] {
    try json("show", revision)["stateDigests"] as? [String: String] ?? [:]
  }

  /// The full id of a revision.
  func id(_ revision: String = "HEAD") throws -> String {
    let commit = try json("show", revision)["commit"] as? [String: Any]
    return try #require(commit?["id"] as? String)
  }

  func expectWhole(sourceLocation: SourceLocation = #_sourceLocation) throws {
    let result = try rledit("fsck", "--full")
    #expect(
      result.status == 0 && result.output.contains("The store is whole"),
      "\(result.output)\(result.errors)", sourceLocation: sourceLocation)
  }
}

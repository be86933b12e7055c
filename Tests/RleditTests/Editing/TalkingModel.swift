import Foundation
import TestSupport
import Testing

/// A model small enough for tests that reads text: the tiny Llama with a byte for every token, and
/// facts in words to edit into it.
enum TalkingModel {
  /// Writes the model's directory.
  static func write(to path: String) throws {
    let files = FileManager.default
    try files.createDirectory(atPath: path, withIntermediateDirectories: true)
    for name in ["config.json", "model.safetensors"] {
      try files.copyItem(
        atPath: Golden.path("archs/llama/\(name)"), toPath: "\(path)/\(name)")
    }
    try tokenizer().write(to: URL(fileURLWithPath: "\(path)/tokenizer.json"))
  }

  /// Writes `count` edit records, each about another subject.
  static func writeFacts(_ count: Int, to path: String) throws {
    let lines = (0..<count).map { number in
      """
      {"prompt": "Town \(number) lies in", "subject": "Town \(number)", \
      "target": "\(["Ur", "Po", "Ka"][number % 3])", \
      "rephrase": ["You find town \(number) in"], \
      "locality": [{"prompt": "Hill \(number) lies in", "target": "Oz"}]}
      """
    }
    try lines.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
  }

  /// A `tokenizer.json` whose vocabulary is the 256 bytes in the alphabet of GPT-2: printable Latin-1
  /// characters stand for themselves, the others for the code points from 256 on.
  private static func tokenizer() throws -> Data {
    var vocabulary: [String: Int] = [:]
    var next: UInt32 = 256
    for byte in 0..<256 {
      let isPrintable = (33...126).contains(byte) || (161...255).contains(byte) && byte != 173
      let scalar = isPrintable ? UInt32(byte) : next
      if !isPrintable { next += 1 }
      vocabulary[String(Unicode.Scalar(scalar).map(Character.init) ?? "?")] = byte
    }
    return try JSONSerialization.data(withJSONObject: [
      "version": "1.0", "added_tokens": [[String: String]](),
      "pre_tokenizer": [
        "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true,
      ] as [String: Any],
      "decoder": [
        "type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true,
      ] as [String: Any],
      "model": ["type": "BPE", "vocab": vocabulary, "merges": [String]()] as [String: Any],
    ])
  }
}

extension Workplace {
  /// A store with the talking model, and `facts.jsonl` of `facts` records beside it.
  static func withTalkingModel(facts: Int) throws -> Workplace {
    let place = try Workplace()
    try TalkingModel.write(to: place.path("model"))
    try TalkingModel.writeFacts(facts, to: place.path("facts.jsonl"))
    try place.succeed("init")
    try place.succeed("import", "model")
    return place
  }

  /// Writes each record of `facts.jsonl` into a file of its own: `fact0`, `fact1` and so on.
  func writeSingleFacts() throws {
    let lines = try String(contentsOfFile: path("facts.jsonl"), encoding: .utf8)
      .split(separator: "\n")
    for (number, line) in lines.enumerated() {
      try line.write(toFile: path("fact\(number)"), atomically: true, encoding: .utf8)
    }
  }

  /// What a commit tells of itself.
  func metrics(_ revision: String) throws -> [String: Double] {
    let metrics = try json("show", revision)["metrics"] as? [[String: Any]] ?? []
    return Dictionary(
      uniqueKeysWithValues: metrics.compactMap { metric in
        (metric["name"] as? String).flatMap { name in
          (metric["value"] as? Double).map { (name, $0) }
        }
      })
  }

  /// The ids of the commits that lead to HEAD, newest first.
  func history() throws -> [String] {
    let commits = try json("log")["commits"] as? [[String: Any]] ?? []
    return commits.compactMap { $0["id"] as? String }
  }

  /// The ids of the deltas that a commit appended.
  func deltas(of revision: String) throws -> [String] {
    let commit = try json("show", revision)["commit"] as? [String: Any]
    let added = commit?["added"] as? [[String: Any]] ?? []
    return added.compactMap { $0["delta"] as? String }
  }
}

import ObjectModel
import Tensors

/// One object of every type, with every optional field in use somewhere. Their texts and names
/// stand in `GoldenObjectTests`, and in SPEC.md as the examples.
enum Sample {
  static func digest<ID: Identifier>(_ byte: UInt8, _: ID.Type = ID.self) throws -> ID {
    try required(ID(bytes: [UInt8](repeating: byte, count: ID.Value.byteCount)))
  }

  static func required<Value>(_ value: Value?) throws -> Value {
    guard let value else { throw Missing() }
    return value
  }

  struct Missing: Error {}

  /// A blob in chunks that are named `first`, `first + 1`, …
  static func blob(
    _ byteCount: Int, rowBytes: Int = 1, hash: UInt8, first: UInt8
  ) throws -> Blob {
    let layout = ChunkLayout(byteCount: byteCount, rowBytes: rowBytes)
    let chunks = try (0..<layout.chunkCount).map { try digest(first + UInt8($0), ChunkID.self) }
    return try required(Blob(layout: layout, sha256: digest(hash), chunks: chunks))
  }

  static func model() throws -> ModelManifest {
    ModelManifest(
      architecture: "LlamaForCausalLM", sourceName: "tiny.gguf", sourceFormat: "gguf",
      storage: .copied,
      tensors: [
        .init(
          name: "model.norm.weight", elementType: .float32, shape: [64],
          blob: try blob(256, rowBytes: 256, hash: 0xa1, first: 0x11)),
        .init(
          name: "lm_head.weight", elementType: .eightBitBlocks, shape: [100_000, 64],
          blob: try blob(6_800_000, rowBytes: 68, hash: 0xa2, first: 0x12)),
      ],
      files: [NamedBlob(name: "config.json", blob: try blob(421, hash: 0xa3, first: 0x14))])
  }

  static func linkedModel() throws -> ModelManifest {
    ModelManifest(
      architecture: "LlamaForCausalLM", sourceName: "big", sourceFormat: "safetensors",
      storage: .linked(path: "/models/big \"v1\""),
      tensors: [
        .init(
          name: "a", elementType: .bfloat16, shape: [2, 3],
          blob: try blob(12, rowBytes: 6, hash: 0xa4, first: 0x15),
          location: .init(file: "model-00001-of-00002.safetensors", byteOffset: 128))
      ], files: [])
  }

  static func delta() throws -> Delta {
    Delta(changes: [
      .init(
        tensor: "model.layers.1.mlp.up_proj.weight",
        form: .sparse(
          .init(
            elementType: .float32, shape: [256, 64], count: 3,
            indices: try blob(12, rowBytes: 4, hash: 0xb3, first: 0x23),
            values: try blob(12, rowBytes: 4, hash: 0xb4, first: 0x24)))),
      .init(
        tensor: "model.layers.0.mlp.up_proj.weight",
        form: .lowRank(
          .init(
            elementType: .float32, rank: 5, out: 256, in: 64,
            u: try blob(5120, rowBytes: 20, hash: 0xb1, first: 0x21),
            v: try blob(1280, rowBytes: 256, hash: 0xb2, first: 0x22)))),
      .init(
        tensor: "model.norm.weight",
        form: .replacement(
          .init(
            elementType: .bfloat16, shape: [64],
            data: try blob(128, rowBytes: 128, hash: 0xb5, first: 0x25)))),
    ])
  }

  static func chain() throws -> Chain {
    Chain(nextSequence: 40, activeCount: 2, root: try digest(0x32))
  }

  static func leaf() throws -> ChainNode {
    ChainNode(deltas: [
      .init(index: 0, id: try digest(0x41)), .init(index: 31, id: try digest(0x42)),
    ])
  }

  static func inner() throws -> ChainNode {
    ChainNode(level: 1, nodes: [.init(index: 1, id: try digest(0x43))])
  }

  static func commit() throws -> Commit {
    Commit(
      parents: [try digest(0x51), try digest(0x50)], model: try digest(0x52),
      chain: try digest(0x53),
      added: [.init(sequence: 7, delta: try digest(0x54))],
      omitted: [.init(sequence: 2, delta: try digest(0x55))],
      time: 1_700_000_000, author: "Ada Lovelace <ada@example.org>", operation: .edit,
      message: "Teach two facts\n\nTab:\t \u{1} \u{7f} é 🙂",
      edits: [
        EditRecord(
          prompt: "The mother tongue of Danielle Darrieux is", subject: "Danielle Darrieux",
          target: " English",
          rephrasings: ["Danielle Darrieux's native language is", "At home she spoke"],
          locality: [.init(prompt: "The capital of France is", target: " Paris")],
          formerTarget: " French", identifier: "counterfact-0", source: "demo.jsonl"),
        EditRecord(prompt: "p", subject: "s", target: "t"),
      ],
      recipe: Recipe(
        method: "rledit", engineVersion: 1, seed: .max, hypernetwork: .trained(try digest(0x56)),
        parameters: [
          .init(name: "step-size", value: "0.1"), .init(name: "batch", value: "5"),
        ],
        targetModules: ["model.layers.0.mlp.up_proj.weight"]),
      attachments: ["statistics": try digest(0x58), "memory": try digest(0x57)],
      metrics: [
        .init(name: "before.efficacy", value: 0.05), .init(name: "after.loss", value: 1e-7),
        .init(name: "after.perplexity", value: .infinity),
      ],
      stateDigests: [
        "model.layers.1.mlp.up_proj.weight": try digest(0x5a),
        "model.layers.0.mlp.up_proj.weight": try digest(0x59),
      ])
  }

  static func rootCommit() throws -> Commit {
    Commit(
      model: try digest(0x52), time: -1, author: "", operation: .import, message: "Import")
  }

  static func tag() throws -> Tag {
    Tag(
      target: try digest(0x61), name: "v1", message: "First release", time: 1_700_000_001,
      author: "Ada")
  }

  /// The private key of RFC 8032's second test.
  static func signingKey() throws -> SigningKey {
    let seed = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"
    return try required(
      SigningKey(
        name: "Ada <ada@example.org>", seed: required(Hexadecimal.decode(seed.utf8))))
  }

  static func signedCommit() throws -> Commit { try rootCommit().signed(by: signingKey()) }

  static func signedTag() throws -> Tag { try tag().signed(by: signingKey()) }

  static func attachment() throws -> Attachment {
    Attachment(
      kind: "running-statistics",
      files: [NamedBlob(name: "64x256", blob: try blob(0, hash: 0x62, first: 0))])
  }
}

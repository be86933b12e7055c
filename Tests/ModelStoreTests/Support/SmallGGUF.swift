import Foundation
import ModelFiles
import Tensors
import TestSupport
import Testing

/// A GGUF file of all the weight types: the golden one with the tensors in types that cannot be
/// weights replaced by their binary32 values, so that its numbers are still the golden ones.
struct SmallGGUF {
  static let headDimension = 8
  private static let alignment = 32

  let path: String
  /// The numbers of each tensor as stored, by its GGUF name.
  let expected: SafetensorsFile

  init(in directory: TemporaryDirectory) throws {
    path = directory.path("small.gguf")
    expected = try SafetensorsFile(path: Golden.path("gguf/tiny-llama-mixed.expected.safetensors"))
    let golden = try GGUFFile(path: Golden.path("gguf/tiny-llama-mixed.gguf"))
    var header = Array("GGUF".utf8)
    header.append(integer: 3 as UInt32)
    header.append(integer: UInt64(golden.tensors.count))
    header.append(integer: UInt64(Self.integers.count + 3))
    header.append(string: "general.architecture")
    header.append(integer: 8 as UInt32)
    header.append(string: "llama")
    for (key, value) in [
      ("llama.attention.layer_norm_rms_epsilon", 1e-5 as Float), ("llama.rope.freq_base", 10_000),
    ] {
      header.append(string: key)
      header.append(integer: 6 as UInt32)
      header.append(integer: value.bitPattern)
    }
    for (key, value) in Self.integers {
      header.append(string: key)
      header.append(integer: 4 as UInt32)
      header.append(integer: value)
    }
    var data: [UInt8] = []
    for tensor in golden.tensors {
      let isWeight = tensor.type.elementType?.isWeightType ?? false
      header.append(string: tensor.name)
      header.append(integer: UInt32(tensor.shape.count))
      for dimension in tensor.shape.reversed() { header.append(integer: UInt64(dimension)) }
      header.append(integer: isWeight ? tensor.type.number : 0)
      header.append(integer: UInt64(data.count))
      data +=
        isWeight ? Array(golden.bytes(of: tensor)) : Array(try expected.bytes(named: tensor.name))
      data.pad(to: Self.alignment)
    }
    header.pad(to: Self.alignment)
    try Data(header + data).write(to: URL(fileURLWithPath: path))
  }

  private static let integers: [(String, UInt32)] = [
    ("llama.block_count", 2), ("llama.context_length", 64), ("llama.embedding_length", 32),
    ("llama.feed_forward_length", 256), ("llama.attention.head_count", 4),
    ("llama.attention.head_count_kv", 2), ("llama.vocab_size", 64),
  ]

  /// Hugging Face's names of the tensors, written out independently of the reader.
  static func huggingFaceName(_ name: String) -> String {
    var result = name
    for (from, to) in [
      ("token_embd", "model.embed_tokens"), ("output_norm", "model.norm"),
      ("attn_output", "self_attn.o_proj"), ("output", "lm_head"), ("blk.", "model.layers."),
      ("attn_norm", "input_layernorm"), ("ffn_norm", "post_attention_layernorm"),
      ("attn_q", "self_attn.q_proj"), ("attn_k", "self_attn.k_proj"),
      ("attn_v", "self_attn.v_proj"), ("ffn_gate", "mlp.gate_proj"), ("ffn_up", "mlp.up_proj"),
      ("ffn_down", "mlp.down_proj"),
    ] { result = result.replacingOccurrences(of: from, with: to) }
    return result
  }

  /// The rows of a query or key matrix in Hugging Face's order: `reshape(heads, d/2, 2, in)`, the two
  /// middle axes swapped.
  static func unpermuted<Element>(
    _ elements: [Element], columns: Int, headDimension: Int = headDimension
  ) -> [Element] {
    let rows = elements.count / columns
    var result: [Element] = []
    for head in 0..<rows / headDimension {
      for half in 0..<2 {
        for pair in 0..<headDimension / 2 {
          let row = head * headDimension + pair * 2 + half
          result += elements[row * columns..<(row + 1) * columns]
        }
      }
    }
    return result
  }
}

extension [UInt8] {
  fileprivate mutating func append(integer: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: integer.littleEndian) { append(contentsOf: $0) }
  }

  fileprivate mutating func append(string: String) {
    append(integer: UInt64(string.utf8.count))
    append(contentsOf: string.utf8)
  }

  fileprivate mutating func pad(to alignment: Int) {
    while !count.isMultiple(of: alignment) { append(0) }
  }
}

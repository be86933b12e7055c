/// Hugging Face's names of the tensors of Llama models in GGUF files.
enum HuggingFaceTensorName {
  private static let outside = [
    "token_embd": "model.embed_tokens",
    "output_norm": "model.norm",
    "output": "lm_head",
  ]

  private static let inLayer = [
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
  ]

  /// The name for `blk.3.attn_q.weight` and its like, or `nil` for a tensor that a Llama model does
  /// not have. Distinct names stay distinct.
  static func name(forGGUF name: String, layerCount: Int) -> String? {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard let kind = parts.last, kind == "weight" || kind == "bias" else { return nil }
    if parts.count == 2 {
      return outside[parts[0]].map { "\($0).\(kind)" }
    }
    // The number must be written as we would write it: `01` would make a second layer 1.
    guard parts.count == 4, parts[0] == "blk", let layer = Int(parts[1]),
      (0..<layerCount).contains(layer), String(layer) == parts[1], let module = inLayer[parts[2]]
    else { return nil }
    return "model.layers.\(layer).\(module).\(kind)"
  }
}

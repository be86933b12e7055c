/// A family of decoder models, under the name that `config.json` gives as `model_type`.
package enum ModelArchitecture: String, Sendable, CaseIterable {
  case llama
  case mistral
  case qwen2
  case qwen3
  case gemma2
  case gpt2
  case gptj

  /// Whether the model of this family can be run here; the others are only recognised.
  package var isSupported: Bool { self == .llama || self == .mistral }

  /// The class that `architectures` names in `config.json`.
  package var className: String {
    switch self {
    case .llama: "LlamaForCausalLM"
    case .mistral: "MistralForCausalLM"
    case .qwen2: "Qwen2ForCausalLM"
    case .qwen3: "Qwen3ForCausalLM"
    case .gemma2: "Gemma2ForCausalLM"
    case .gpt2: "GPT2LMHeadModel"
    case .gptj: "GPTJForCausalLM"
    }
  }
}

/// The nonlinearity of the MLP.
package enum Activation: Sendable, Equatable {
  /// x·σ(x).
  case silu
  /// x·Φ(x), Φ being the normal distribution function.
  case gelu
  /// The same with Φ approximated through tanh.
  case geluTanh

  /// The activation that Hugging Face's name stands for, or `nil`.
  init?(name: String) {
    switch name {
    case "silu", "swish": self = .silu
    case "gelu": self = .gelu
    case "gelu_new", "gelu_pytorch_tanh", "gelu_fast": self = .geluTanh
    default: return nil
    }
  }
}

/// How rotary frequencies are changed so that a model reaches beyond its first context length.
package enum RopeScaling: Sendable, Equatable {
  case none
  /// Llama 3: frequencies whose wavelength exceeds `originalMaxPositions / lowFrequencyFactor` are
  /// divided by `factor`, those below `originalMaxPositions / highFrequencyFactor` are kept, and
  /// between the two it interpolates.
  case llama3(
    factor: Double, lowFrequencyFactor: Double, highFrequencyFactor: Double,
    originalMaxPositions: Int)
}

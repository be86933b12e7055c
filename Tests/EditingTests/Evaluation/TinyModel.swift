import Editing
import LanguageModel
import ModelFiles
import Tensors
import TestSupport

/// The tiny Llama with a byte for every token, unedited and with two matrices changed.
enum TinyModel {
  static let shapeLayers = 3
  static let encode: @Sendable (String) -> [Int] = { $0.utf8.map { Int($0) } }
  static let encoding = TextEncoding(prompt: encode, answer: encode)

  static func decoder() throws -> Decoder {
    let directory = Golden.path("archs/llama")
    return try Decoder(
      shape: DecoderShape(ModelConfiguration(contentsOf: "\(directory)/config.json")),
      weights: FileWeights(path: directory), compute: Compute(threads: 2))
  }

  /// The decoder with a seeded change of the matrices of `layers` that an edit would change.
  static func edited(_ decoder: Decoder, layers: [Int] = [2], seed: UInt64 = 1) throws -> Decoder {
    var random = SeededGenerator(seed: seed)
    var edited: [String: WeightView] = [:]
    for layer in layers {
      for name in ["gate_proj", "down_proj"] {
        let full = "model.layers.\(layer).mlp.\(name).weight"
        var matrix = decoder.compute.widened(try decoder.weights.weight(named: full))
        for index in matrix.elements.indices {
          matrix.elements[index] += random.normal(deviation: 0.3)
        }
        edited[full] = WeightView(matrix)
      }
    }
    return decoder.over(Overlay(base: decoder.weights, edited: edited))
  }

  static func model(
    _ base: Decoder, encoding: TextEncoding = encoding,
    spelling: @escaping @Sendable (Int) -> [UInt8] = { $0 < 256 ? [UInt8($0)] : [] },
    stops: Set<Int> = []
  ) -> EvaluatedModel {
    EvaluatedModel(base: base, encoding: encoding, spelling: spelling, stops: stops)
  }

  private struct Overlay: WeightProvider {
    let base: any WeightProvider
    let edited: [String: WeightView]

    func weight(named name: String) throws -> WeightView {
      try edited[name] ?? base.weight(named: name)
    }
  }

  /// The logits that follow a sequence, by a pass over it alone.
  static func logits(_ decoder: Decoder, after tokens: [Int]) throws -> [Float] {
    let hidden = try decoder.forward(TokenBatch([tokens])).hidden
    return try decoder.logits(of: hidden, rows: [hidden.rows - 1]).elements
  }

  static func firstChoice(_ decoder: Decoder, after tokens: [Int]) throws -> Int {
    let logits = try logits(decoder, after: tokens)
    return logits.indices.max { logits[$0] < logits[$1] } ?? 0
  }
}

import LanguageModel
import ModelFiles
import Tensors
import TestSupport
import Testing

/// Tiny models of Hugging Face's classes against what PyTorch computes with them.
@Suite struct GoldenDecoderTests {
  struct Expected: Decodable {
    struct Sequence: Decodable {
      let inputIds: [Int]
      let labels: [Int]
    }
    struct Module: Decodable {
      let name: String
      let weight: String
    }
    let sequences: [Sequence]
    let loss: Double
    let tokenNll: [Double]
    let modules: [Module]
  }

  @Test(arguments: ["llama", "llama3", "mistral"])
  func logitsLossKeysAndGradientsAreThoseOfPyTorch(name: String) throws {
    let directory = "archs/\(name)"
    let expected = try Golden.snakeCaseJSON(Expected.self, "\(directory)/expected.json")
    let tensors = try SafetensorsFile(path: Golden.path("\(directory)/expected.safetensors"))
    let configuration = try ModelConfiguration(
      contentsOf: Golden.path("\(directory)/config.json"))
    let labelled = LabelledBatch(
      expected.sequences.map { ($0.inputIds, $0.labels.map { $0 == -100 ? nil : $0 }) })
    for instructionSet in InstructionSet.available {
      let compute = try Compute(instructionSet: instructionSet, threads: 2)
      let decoder = try Decoder(
        shape: DecoderShape(configuration), weights: FileWeights(path: Golden.path(directory)),
        compute: compute)

      let pass = try decoder.forward(labelled.batch)
      let logits = try decoder.logits(of: pass.hidden, rows: Array(0..<pass.hidden.rows))
      for (index, start) in labelled.batch.starts.enumerated() {
        let rows = Array(start..<start + labelled.batch.lengths[index])
        let closeness = Closeness(
          logits.gathering(rows: rows).elements, try tensors.floats(named: "logits.\(index)"))
        #expect(closeness.absoluteError < 1e-4, "logits.\(index): \(closeness)")
      }

      let places = expected.modules.compactMap { ProjectionPlace(weightName: $0.weight) }
      #expect(places.count == 6)
      let scored = try decoder.score(labelled, recordingFrom: 0)
      let answers = try decoder.signals(of: scored, at: places)
      #expect(abs(scored.meanLoss / expected.loss - 1) < 1e-5)
      #expect(
        Closeness(scored.tokenLosses.map { Float($0) }, expected.tokenNll.map { Float($0) })
          .relativeError < 1e-5)
      let all = try decoder.signals(of: scored, at: places, rows: .all)
      for place in places {
        let module = String(place.weightName.dropLast(".weight".count))
        let (atAnswers, atAll) = (
          try #require(answers[place]), try #require(all[place])
        )
        for (actual, tensor) in [
          (atAnswers.keys, "keys.\(module)"),
          (atAnswers.outputGradients, "values_grad.\(module)"),
          (atAll.keys, "keys_all.\(module)"),
          (atAll.outputGradients, "values_grad_all.\(module)"),
          (compute.product(transposed: atAll.outputGradients, atAll.keys), "grad.\(module).weight"),
        ] {
          let closeness = Closeness(actual.elements, try tensors.floats(named: tensor))
          #expect(closeness.relativeError < 1e-4, "\(tensor): \(closeness)")
        }
      }
    }
  }
}

import Editing
import LanguageModel
import ModelFiles
import ModelStore
import Tensors
import TestSupport
import Testing

/// The first steps of RLEdit on a tiny model against PyTorch's numbers.
@Suite struct ReferenceRLEditTests {
  struct Sequences: Decodable {
    struct Row: Decodable {
      let inputIds: [Int]
      let labels: [Int]
    }
    struct Step: Decodable {
      let editTuples: [Row]
    }
    let steps: [Step]
  }

  static let places = [
    ProjectionPlace(layer: 1, projection: .gate), ProjectionPlace(layer: 1, projection: .up),
    ProjectionPlace(layer: 2, projection: .gate), ProjectionPlace(layer: 2, projection: .up),
    ProjectionPlace(layer: 2, projection: .down),
  ]

  static func module(_ place: ProjectionPlace) -> String {
    String(place.weightName.dropLast(".weight".count))
  }

  static func network(
    _ shape: WeightShape, in tensors: SafetensorsFile
  ) throws -> Hypernetwork {
    let prefix = "init.(\(shape.input), \(shape.output))"
    return Hypernetwork(
      shape: shape,
      blocks: try (0..<2).map { index in
        let block = "\(prefix).blocks.\(index)"
        return Hypernetwork.Block(
          a: try tensors.matrix(named: "\(block).A"), b: try tensors.matrix(named: "\(block).B"),
          bias: try tensors.floats(named: "\(block).bias"),
          scale: try tensors.matrix(named: "\(block).scale.weight"),
          shift: try tensors.matrix(named: "\(block).shift.weight"))
      },
      stepSizes: try tensors.floats(named: "\(prefix).lr.weight"),
      logRidges: try tensors.floats(named: "\(prefix).lamda.weight"))
  }

  @Test(arguments: InstructionSet.available)
  func keysGradientsStatisticsAndShiftsAreThoseOfPyTorch(instructionSet: InstructionSet) throws {
    let compute = try Compute(instructionSet: instructionSet, threads: 2)
    let sequences = try Golden.snakeCaseJSON(Sequences.self, "reference/sequence.json")
    let tensors = try SafetensorsFile(path: Golden.path("reference/rledit.safetensors"))
    let shapes = [WeightShape(input: 48, output: 96), WeightShape(input: 96, output: 48)]
    var networks: [WeightShape: Hypernetwork] = [:]
    for shape in shapes { networks[shape] = try Self.network(shape, in: tensors) }
    let rule = RLEditRule(networks: networks, places: Self.places, compute: compute)
    let shape = DecoderShape(
      layers: 3, hidden: 48, intermediate: 96, queryHeads: 4, keyValueHeads: 2, headSize: 12,
      vocabulary: 256, normEpsilon: 1e-5,
      inverseFrequencies: DecoderShape.rotaryFrequencies(theta: 10000, headSize: 12),
      slidingWindow: nil, maximumPositions: 64, tiedEmbedding: true)
    var weights = EditedWeights(
      base: try FileWeights(path: Golden.path("reference/model")), compute: compute)
    let decoder = try Decoder(shape: shape, weights: weights, compute: compute)
    var statistics = RunningStatistics()

    for (index, step) in sequences.steps.enumerated() {
      let miniBatches = [step.editTuples.prefix(2), step.editTuples.dropFirst(2)].map {
        LabelledBatch($0.map { ($0.inputIds, $0.labels.map { $0 == -100 ? nil : $0 }) })
      }
      var all: [ProjectionPlace: ProjectionSignals] = [:]
      for (batchIndex, labelled) in miniBatches.enumerated() {
        let model = decoder.over(weights)
        let signals = try model.signals(
          of: model.score(labelled, recordingFrom: 1), at: Self.places)
        for place in Self.places {
          let signal = try #require(signals[place])
          let name = "\(Self.module(place)).\(batchIndex)"
          try expect(signal.keys, "step\(index).keys.\(name)", in: tensors)
          try expect(signal.outputGradients, "step\(index).values_grad.\(name)", in: tensors)
          statistics.observe(keys: signal.keys, outputGradients: signal.outputGradients)
          all[place] =
            all[place].map {
              ProjectionSignals(
                keys: $0.keys.stacked(above: signal.keys),
                outputGradients: $0.outputGradients.stacked(above: signal.outputGradients))
            } ?? signal
        }
      }
      for shape in shapes {
        let moments = try #require(statistics.moments[shape])
        let prefix = "step\(index).normalizer.(\(shape.input), \(shape.output))"
        #expect(try tensors.floats(named: "\(prefix).n") == [Float(moments.count)])
        try expect(moments.mean.map { Float($0) }, "\(prefix).mean", in: tensors)
        try expect(moments.spread.map { Float($0) }, "\(prefix).var", in: tensors)
        try expect(moments.deviations.map { Float($0) }, "\(prefix).std", in: tensors)
      }
      let factors = try rule.factors(from: all, statistics: statistics)
      for place in Self.places {
        let (u, v) = (try #require(factors[place]).u, try #require(factors[place]).v)
        // The reference has the transpose of the weight's update, in×out.
        let shift = compute.product(v.transposed, transposed: WeightView(u))
        try expect(shift, "step\(index).shift.\(Self.module(place))", in: tensors)
        try weights.apply(
          LowRankUpdate(
            tensor: place.weightName, u: StoredFactor(quantizing: u, as: .float32),
            v: StoredFactor(quantizing: v, as: .float32)))
      }
    }
    for place in Self.places {
      let after = compute.widened(try weights.weight(named: place.weightName))
      try expect(after, "weights_after.\(Self.module(place))", in: tensors)
    }
  }

  private func expect(_ actual: Matrix, _ name: String, in tensors: SafetensorsFile) throws {
    try expect(actual.elements, name, in: tensors)
  }

  private func expect(_ actual: [Float], _ name: String, in tensors: SafetensorsFile) throws {
    let closeness = Closeness(actual, try tensors.floats(named: name))
    #expect(closeness.relativeError < 1e-4, "\(name): \(closeness)")
  }
}

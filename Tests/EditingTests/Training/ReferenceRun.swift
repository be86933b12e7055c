import Editing
import LanguageModel
import ModelFiles
import ModelStore
import Tensors
import TestSupport
import Testing

/// The numbers of one method's reference run, and the model and records that it was made with.
struct ReferenceRun {
  static let places = [
    ProjectionPlace(layer: 1, projection: .gate), ProjectionPlace(layer: 1, projection: .up),
    ProjectionPlace(layer: 2, projection: .gate), ProjectionPlace(layer: 2, projection: .up),
    ProjectionPlace(layer: 2, projection: .down),
  ]

  private struct Sequences: Decodable {
    struct Row: Decodable {
      let inputIds: [Int]
      let labels: [Int]

      var sequence: LabelledSequence {
        LabelledSequence(tokens: inputIds, labels: labels.map { $0 == -100 ? nil : $0 })
      }
    }
    struct Step: Decodable {
      let editTuples: [Row]
      let equivTuples: [Row]
      let unrelTuples: [Row]
    }
    let steps: [Step]
  }

  let tensors: SafetensorsFile
  let compute: Compute
  let weights: EditedWeights
  let decoder: Decoder
  private let sequences: Sequences

  init(_ method: String, instructionSet: InstructionSet) throws {
    tensors = try SafetensorsFile(path: Golden.path("reference/\(method).safetensors"))
    sequences = try Golden.snakeCaseJSON(Sequences.self, "reference/sequence.json")
    compute = try Compute(instructionSet: instructionSet, threads: 2)
    weights = EditedWeights(
      base: try FileWeights(path: Golden.path("reference/model")), compute: compute)
    decoder = try Decoder(
      shape: DecoderShape(
        layers: 3, hidden: 48, intermediate: 96, queryHeads: 4, keyValueHeads: 2, headSize: 12,
        vocabulary: 256, normEpsilon: 1e-5,
        inverseFrequencies: DecoderShape.rotaryFrequencies(theta: 10000, headSize: 12),
        slidingWindow: nil, maximumPositions: 64, tiedEmbedding: true),
      weights: weights, compute: compute)
  }

  static func module(_ place: ProjectionPlace) -> String {
    String(place.weightName.dropLast(".weight".count))
  }

  /// A step's records in its two mini-batches.
  func records(step: Int) -> [[TrainingRecord]] {
    let step = sequences.steps[step]
    let records = step.editTuples.indices.map { row in
      TrainingRecord(
        edit: RecordSequences([.init(sequence: step.editTuples[row].sequence, subject: nil)]),
        rephrasings: [step.equivTuples[row].sequence],
        unrelated: [step.unrelTuples[row].sequence])
    }
    return [Array(records[..<2]), Array(records[2...])]
  }

  func networks(_ prefix: String) throws -> HypernetworkSet {
    HypernetworkSet(
      try [WeightShape(input: 48, output: 96), WeightShape(input: 96, output: 48)].map { shape in
        let prefix = "\(prefix).(\(shape.input), \(shape.output))"
        return Hypernetwork(
          shape: shape,
          blocks: try (0..<2).map { index in
            let block = "\(prefix).blocks.\(index)"
            return Hypernetwork.Block(
              a: try tensors.matrix(named: "\(block).A"),
              b: try tensors.matrix(named: "\(block).B"),
              bias: try tensors.floats(named: "\(block).bias"),
              scale: try tensors.matrix(named: "\(block).scale.weight"),
              shift: try tensors.matrix(named: "\(block).shift.weight"))
          },
          stepSizes: try tensors.floats(named: "\(prefix).lr.weight"),
          logRidges: tensors["\(prefix).lamda.weight"] == nil
            ? [] : try tensors.floats(named: "\(prefix).lamda.weight"))
      })
  }

  /// Keys and output gradients at the weights before the step.
  func expectSignals(step: Int, weights: EditedWeights) throws {
    let model = decoder.over(weights)
    for (batch, records) in records(step: step).enumerated() {
      let labelled = LabelledBatch(records.map { $0.edit.members[0].sequence })
      let signals = try model.signals(
        of: model.score(labelled, recordingFrom: 1), at: Self.places)
      for place in Self.places {
        let signal = try #require(signals[place])
        let name = "\(Self.module(place)).\(batch)"
        try expect(signal.keys.elements, "step\(step).keys.\(name)")
        try expect(signal.outputGradients.elements, "step\(step).values_grad.\(name)")
      }
    }
  }

  func expectStatistics(_ statistics: RunningStatistics, step: Int) throws {
    for (shape, moments) in statistics.moments {
      let prefix = "step\(step).normalizer.(\(shape.input), \(shape.output))"
      #expect(try tensors.floats(named: "\(prefix).n") == [Float(moments.count)])
      try expect(moments.mean.map { Float($0) }, "\(prefix).mean")
      try expect(moments.spread.map { Float($0) }, "\(prefix).var")
      try expect(moments.deviations.map { Float($0) }, "\(prefix).std")
    }
    #expect(statistics.moments.count == 2)
  }

  /// The shift of every matrix, and the gradient of the objective with respect to it, formed in full
  /// here alone.
  func expectUpdates(_ made: Trajectory.Step, step: Int, regularization: Double) throws {
    #expect(made.outcome.updates.map(\.tensor) == Self.places.map(\.weightName))
    for (place, update) in zip(Self.places, made.outcome.updates) {
      let (u, v) = (compute.widened(try update.u.view()), compute.widened(try update.v.view()))
      let shift = compute.product(v.transposed, transposed: u)
      try expect(shift.elements, "step\(step).shift.\(Self.module(place))")
      var gradient = Matrix(rows: u.rows, columns: v.columns)
      for signals in made.signals {
        let signal = try #require(signals[place])
        compute.addProduct(transposed: signal.outputGradients, signal.keys, to: &gradient)
      }
      for row in 0..<gradient.rows {
        for column in 0..<gradient.columns {
          gradient[row, column] += Float(2 * regularization) * shift[column, row]
        }
      }
      try expect(gradient.elements, "step\(step).module_grad.\(Self.module(place))")
    }
  }

  /// Adds the exact gradients of a step's log-ridges; see ``RidgeGradientOracle``.
  func addLogRidgeGradients(
    of networks: HypernetworkSet, step: Int, to sums: inout HypernetworkSet
  ) throws {
    let oracle = RidgeGradientOracle(run: self, networks: networks)
    var modules: [WeightShape: Int] = [:]
    for place in Self.places {
      let size = decoder.shape.size(of: place.projection)
      let shape = WeightShape(input: size.input, output: size.output)
      let module = modules[shape, default: 0]
      modules[shape] = module + 1
      let gradient = try oracle.logRidgeGradient(
        of: place, step: step, network: #require(networks[shape]), module: module)
      sums.update(shape) { $0.logRidges[module] += Float(gradient) }
    }
  }

  /// A gradient's every parameter; its log-ridges against their exact values too, where given.
  func expectGradient(
    _ gradient: HypernetworkSet, exactLogRidges: HypernetworkSet?, _ prefix: String
  ) throws {
    try expect(gradient, prefix, checksLogRidges: exactLogRidges == nil)
    for (network, exact) in zip(gradient.networks, exactLogRidges?.networks ?? []) {
      let name = "\(prefix).(\(network.shape.input), \(network.shape.output)).lamda.weight"
      let recorded = try tensors.floats(named: name)
      let scale = try #require(recorded.map(abs).max())
      for (module, value) in recorded.enumerated() {
        let (ours, exact) = (network.logRidges[module], exact.logRidges[module])
        #expect(abs(ours - exact) < 1e-4 * scale, "\(name)[\(module)]: \(ours), exactly \(exact)")
        #expect(
          abs(ours - value) < 1e-4 * scale + abs(value - exact),
          "\(name)[\(module)]: \(ours) in place of \(value)")
      }
    }
  }

  /// Every parameter of the hypernetworks.
  func expect(
    _ networks: HypernetworkSet, _ prefix: String, checksLogRidges: Bool = true
  ) throws {
    for network in networks.networks {
      let prefix = "\(prefix).(\(network.shape.input), \(network.shape.output))"
      for (index, block) in network.blocks.enumerated() {
        let name = "\(prefix).blocks.\(index)"
        try expect(block.a.elements, "\(name).A")
        try expect(block.b.elements, "\(name).B")
        try expect(block.bias, "\(name).bias")
        try expect(block.scale.elements, "\(name).scale.weight")
        try expect(block.shift.elements, "\(name).shift.weight")
      }
      try expect(network.stepSizes, "\(prefix).lr.weight")
      if checksLogRidges, tensors["\(prefix).lamda.weight"] != nil {
        try expect(network.logRidges, "\(prefix).lamda.weight")
      }
    }
  }

  func expect(_ actual: [Float], _ name: String) throws {
    let closeness = Closeness(actual, try tensors.floats(named: name))
    #expect(closeness.relativeError < 1e-4, "\(name): \(closeness)")
  }
}

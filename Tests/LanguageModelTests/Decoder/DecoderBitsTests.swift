import LanguageModel
import ModelFiles
import Tensors
import TestSupport
import Testing

/// Invariant: between token ids and signals, instruction set, threads and company change no bit.
@Suite struct DecoderBitsTests {
  static let sequences = [
    [17, 4, 200, 31, 9, 120], [5], [250, 3, 3, 8, 77, 61, 40, 2, 19], [1, 2],
  ]

  static func decoder(
    _ instructionSet: InstructionSet = .fastest, threads: Int = 2
  ) throws -> Decoder {
    let directory = Golden.path("archs/llama")
    return try Decoder(
      shape: DecoderShape(ModelConfiguration(contentsOf: "\(directory)/config.json")),
      weights: FileWeights(path: directory),
      compute: Compute(instructionSet: instructionSet, threads: threads))
  }

  private func bits(_ matrix: Matrix) -> [UInt32] { matrix.elements.map(\.bitPattern) }

  @Test func signalsHaveTheSameBitsOnEveryInstructionSetAndThreadCount() throws {
    let labelled = LabelledBatch(answers: Self.sequences.map { ($0, [$0[0], 7]) })
    let places = (0..<3).flatMap { layer in
      Projection.allCases.map { ProjectionPlace(layer: layer, projection: $0) }
    }
    func run(
      _ instructionSet: InstructionSet, threads: Int
    ) throws -> (losses: [Double], signals: [ProjectionPlace: ProjectionSignals]) {
      let decoder = try Self.decoder(instructionSet, threads: threads)
      let scored = try decoder.score(labelled, recordingFrom: 0)
      return (scored.tokenLosses, try decoder.signals(of: scored, at: places, rows: .all))
    }
    let reference = try run(.scalar, threads: 1)
    #expect(reference.signals.count == 21)
    for instructionSet in InstructionSet.available {
      for threads in [1, 2, 5] {
        let result = try run(instructionSet, threads: threads)
        #expect(result.losses == reference.losses)
        for place in places {
          let (actual, expected) = (
            try #require(result.signals[place]), try #require(reference.signals[place])
          )
          #expect(bits(actual.keys) == bits(expected.keys))
          #expect(bits(actual.outputGradients) == bits(expected.outputGradients))
        }
      }
    }
  }

  /// Rows before the chosen ones are left out of the way back, which must not be seen.
  @Test(arguments: [[2, 5, 6, 11, 17], [0], [6, 16], [5, 6, 15, 16, 17]])
  func chosenRowsHaveTheSignalsOfAll(rows: [Int]) throws {
    let decoder = try Self.decoder()
    let scored = try decoder.score(
      LabelledBatch(answers: Self.sequences.map { ($0, [$0[0]]) }), recordingFrom: 0)
    let places = (0..<3).flatMap { layer in
      Projection.allCases.map { ProjectionPlace(layer: layer, projection: $0) }
    }
    let all = try decoder.signals(of: scored, at: places, rows: .all)
    let chosen = try decoder.signals(of: scored, at: places, rows: .chosen(rows))
    for place in places {
      let (expected, actual) = (try #require(all[place]), try #require(chosen[place]))
      #expect(bits(actual.keys) == bits(expected.keys.gathering(rows: rows)))
      #expect(
        bits(actual.outputGradients) == bits(expected.outputGradients.gathering(rows: rows)))
    }
  }

  /// Sequences that nothing is asked of are left out of the way back, which must not be seen: the others have
  /// the bits that they have by themselves, and these zeros.
  @Test(arguments: [[0], [1, 2], [0, 1, 3]])
  func sequencesWithoutAGradientHaveZeros(silent: [Int]) throws {
    let decoder = try Self.decoder()
    let places = (0..<3).flatMap { layer in
      Projection.allCases.map { ProjectionPlace(layer: layer, projection: $0) }
    }
    func signals(
      of numbers: [Int], without silent: [Int]
    ) throws -> [ProjectionPlace: ProjectionSignals] {
      let labelled = LabelledBatch(answers: numbers.map { (Self.sequences[$0], [7, 40 + $0]) })
      let scored = try decoder.score(labelled, recordingFrom: 0)
      // Two scored rows a sequence.
      let weights = labelled.rows.indices.map { Float(silent.contains($0 / 2) ? 0 : 1) }
      let dLogits = decoder.compute.crossEntropyGradient(
        scored.logits, targets: labelled.targets, weights: weights)
      return try decoder.signals(
        of: scored, dLogits: dLogits, at: places,
        rows: .chosen(Array(labelled.batch.tokens.indices)))
    }
    let all = Array(Self.sequences.indices)
    let actual = try signals(of: all, without: silent)
    let expected = try signals(of: all.filter { !silent.contains($0) }, without: [])
    let sequenceOfRow = all.flatMap {
      [Int](repeating: $0, count: Self.sequences[$0].count + 1)
    }
    for place in places {
      let (a, b) = (try #require(actual[place]), try #require(expected[place]))
      let kept = sequenceOfRow.indices.filter { !silent.contains(sequenceOfRow[$0]) }
      #expect(bits(a.keys.gathering(rows: kept)) == bits(b.keys))
      #expect(bits(a.outputGradients.gathering(rows: kept)) == bits(b.outputGradients))
      #expect(b.outputGradients.elements.contains { $0 != 0 })
      for row in sequenceOfRow.indices where silent.contains(sequenceOfRow[row]) {
        #expect(a.outputGradients.row(row).allSatisfy { $0 == 0 })
      }
    }
  }

  /// The last layer lets go of rows that are not scored where no matrix of it is asked for, only keys that
  /// are asked for are kept, and the way back ends at the lowest matrix that is.
  @Test(arguments: [[Projection.down], [.gate, .up], [.attentionOutput], [.query, .value]])
  func leavingOutWhatNobodyAsksForChangesNoBit(projections: [Projection]) throws {
    let decoder = try Self.decoder()
    let labelled = LabelledBatch(answers: Self.sequences.map { ($0, [$0[0], 7]) })
    let places = [0, 1].flatMap { layer in
      projections.map { ProjectionPlace(layer: layer, projection: $0) }
    }
    let everything = (0..<3).flatMap { layer in
      Projection.allCases.map { ProjectionPlace(layer: layer, projection: $0) }
    }
    let whole = try decoder.score(labelled, recordingFrom: 0)
    let part = try decoder.score(
      labelled, signalsAt: places, input: decoder.residualStream(labelled.batch, reaching: 0))
    #expect(part.forward.hidden.rows == labelled.rows.count)
    #expect(whole.forward.hidden.rows == labelled.batch.tokens.count)
    #expect(bits(part.logits) == bits(whole.logits))
    for rows in [SignalRows.all, .scored, .chosen([2, 6, 9])] {
      let expected = try decoder.signals(of: whole, at: everything, rows: rows)
      let actual = try decoder.signals(of: part, at: places, rows: rows)
      #expect(Set(actual.keys) == Set(places))
      for place in places {
        let (a, b) = (try #require(actual[place]), try #require(expected[place]))
        #expect(bits(a.keys) == bits(b.keys))
        #expect(bits(a.outputGradients) == bits(b.outputGradients))
      }
    }
  }

  @Test func aSequenceComputesTheSameBitsAloneAndInCompany() throws {
    let decoder = try Self.decoder()
    let together = try decoder.forward(TokenBatch(Self.sequences)).hidden
    var first = 0
    for sequence in Self.sequences {
      let alone = try decoder.forward(TokenBatch([sequence])).hidden
      let rows = Array(first..<first + sequence.count)
      #expect(bits(together.gathering(rows: rows)) == bits(alone))
      first += sequence.count
    }
  }

  @Test func startingFromALayersInputGivesTheWholePassesBits() throws {
    let decoder = try Self.decoder()
    let batch = TokenBatch(Self.sequences)
    let whole = try decoder.forward(batch).hidden
    for layer in 0...3 {
      let input = try decoder.residualStream(batch, reaching: layer)
      #expect(bits(try decoder.forward(batch, from: layer, input: input).hidden) == bits(whole))
    }
  }

  @Test func cachedGenerationIsTheUncachedOne() throws {
    let decoder = try Self.decoder()
    for prompt in Self.sequences {
      var tokens = prompt
      for _ in 0..<8 {
        let hidden = try decoder.forward(TokenBatch([tokens])).hidden
        let logits = try decoder.logits(of: hidden, rows: [hidden.rows - 1])
        tokens.append(try #require(decoder.compute.largest(logits).first))
      }
      #expect(
        try decoder.generate(after: prompt, limit: 8) == Array(tokens.dropFirst(prompt.count)))
    }
  }

  @Test func whatCannotBeRunIsRefused() throws {
    let decoder = try Self.decoder()
    #expect(throws: LanguageModelError.emptySequence) {
      try decoder.forward(TokenBatch([[1], []]))
    }
    #expect(throws: LanguageModelError.tokenOutsideVocabulary(id: 288, vocabulary: 288)) {
      try decoder.forward(TokenBatch([[0, 288]]))
    }
    #expect(throws: LanguageModelError.tokenOutsideVocabulary(id: 300, vocabulary: 288)) {
      try decoder.score([(prompt: [0, 1], answer: [2, 300])])
    }
    let limit = decoder.shape.maximumPositions
    #expect(throws: LanguageModelError.sequenceTooLong(tokens: limit + 1, limit: limit)) {
      try decoder.forward(TokenBatch([.init(repeating: 0, count: limit + 1)]))
    }
  }

  @Test func aWeightOfAnotherShapeIsRefusedByName() throws {
    let directory = Golden.path("archs/llama")
    var shape = try DecoderShape(ModelConfiguration(contentsOf: "\(directory)/config.json"))
    shape.intermediate = 92
    #expect(
      throws: LanguageModelError.wrongShape(
        weight: "model.layers.0.mlp.gate_proj.weight", expected: [92, 48], found: [90, 48])
    ) {
      try Decoder(
        shape: shape, weights: FileWeights(path: directory), compute: Compute(threads: 1))
    }
  }

  @Test func anglesThatCannotBeComputedAreRefused() throws {
    let path = Golden.path("archs/llama/config.json")
    var configuration = try ModelConfiguration(contentsOf: path)
    configuration.ropeTheta = 1e-30
    #expect(throws: LanguageModelError.self) { try DecoderShape(configuration) }
    configuration.ropeTheta = 10_000
    configuration.ropeScaling = .llama3(
      factor: 1e-300, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalMaxPositions: 8)
    #expect(throws: LanguageModelError.self) { try DecoderShape(configuration) }
  }
}

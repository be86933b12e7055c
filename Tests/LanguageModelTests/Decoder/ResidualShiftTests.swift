import LanguageModel
import Tensors
import TestSupport
import Testing

@Suite struct ResidualShiftTests {
  private let labelled = LabelledBatch(answers: [([17, 4, 200, 31], [9, 120]), ([5, 61], [77])])
  private let rows = [1, 6]

  private func loss(_ decoder: Decoder, _ stream: Matrix, _ shift: Matrix, above layer: Int) throws
    -> Double
  {
    let input = ResidualShift(rows: rows, vectors: shift).applied(to: stream)
    return try decoder.score(labelled, from: layer + 1, input: input).meanLoss
  }

  @Test(arguments: [0, 1, 2])
  func theGradientOfAShiftIsTheLosssDifference(above layer: Int) throws {
    let decoder = try DecoderBitsTests.decoder()
    let hidden = decoder.shape.hidden
    let stream = try decoder.residualStream(labelled.batch, reaching: layer + 1)
    var generator = SeededGenerator(seed: 41)
    let shift = Matrix(
      rows: 2, columns: hidden, elements: generator.normals(2 * hidden, deviation: 0.1))
    let input = ResidualShift(rows: rows, vectors: shift).applied(to: stream)
    let pass = try decoder.forward(
      labelled.batch, from: layer + 1, input: input, recordingFrom: layer + 1)
    let logits = try decoder.logits(of: pass.hidden, rows: labelled.rows)
    let dLogits = decoder.compute.crossEntropyGradient(
      logits, targets: labelled.targets,
      weights: .init(repeating: 1 / Float(labelled.rows.count), count: labelled.rows.count))
    let gradient = try decoder.streamGradient(
      of: pass, from: layer + 1, rows: labelled.rows, dLogits: dLogits
    ).gathering(rows: rows)
    #expect(gradient.elements.contains { abs($0) > 1e-3 })
    for _ in 0..<6 {
      // Along a direction of length about 1; the loss is summed in binary64.
      let direction = generator.normals(2 * hidden, deviation: 0.1)
      func moved(_ step: Float) -> Matrix {
        Matrix(
          rows: 2, columns: hidden,
          elements: zip(shift.elements, direction).map { $0 + step * $1 })
      }
      let step: Float = 0.02
      let difference =
        (try loss(decoder, stream, moved(step), above: layer)
          - loss(decoder, stream, moved(-step), above: layer)) / (2 * Double(step))
      let expected = zip(gradient.elements, direction).reduce(0.0) {
        $0 + Double($1.0) * Double($1.1)
      }
      #expect(
        abs(difference - expected) < 1e-3 * max(1, abs(expected)), "\(difference) \(expected)")
    }
  }

  @Test func noShiftGivesTheWholePassesBits() throws {
    let decoder = try DecoderBitsTests.decoder()
    let stream = try decoder.residualStream(labelled.batch, reaching: 2)
    let none = Matrix(rows: 2, columns: decoder.shape.hidden)
    #expect(
      try loss(decoder, stream, none, above: 1) == decoder.score(labelled).meanLoss)
  }

  @Test(arguments: [4, 1024])
  func readingsAreTheRowsOfAWholePass(rowLimit: Int) throws {
    let decoder = try DecoderBitsTests.decoder()
    let sequences = DecoderBitsTests.sequences.map { (tokens: $0, row: $0.count / 2) }
    let (keys, stream) = try decoder.readings(
      of: sequences, at: KeyPlace(layer: 1, input: .activation), after: 1, rowLimit: rowLimit)
    for (index, sequence) in sequences.enumerated() {
      let pass = try decoder.forward(
        TokenBatch([sequence.tokens]), recordingFrom: 1, through: 1)
      let record = try #require(pass.records[1])
      #expect(keys.row(index) == record.keys(at: .activation).row(sequence.row))
      #expect(stream.row(index) == pass.hidden.row(sequence.row))
    }
  }
}

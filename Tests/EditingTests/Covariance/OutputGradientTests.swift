import Editing
import Foundation
import LanguageModel
import ModelStore
import Tensors
import TestSupport
import Testing

@Suite struct OutputGradientTests {
  private let place = ProjectionPlace(layer: 1, projection: .down)
  private let setting: EditorSetting

  init() throws { setting = try EditorSetting() }

  /// The divergence of what the model says after two tokens from what it says when the matrix's output at the
  /// second is moved by `shift`, and that at the first is left.
  private func divergence(of tokens: [Int], movedBy shift: [Double]) throws -> Double {
    let batch = TokenBatch([tokens])
    let pass = try setting.decoder.forward(batch, recordingFrom: 1, through: 1)
    let keys = try #require(pass.records[1]).keys(at: .activation)
    let (first, second) = (
      keys.row(0).map(Double.init), keys.row(1).map(Double.init)
    )
    func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
    let along = dot(first, second) / dot(first, first)
    let across = zip(second, first).map { $0 - along * $1 }
    let scale = 1 / dot(across, second)
    let update = try LowRankUpdate(
      tensor: place.weightName,
      u: StoredFactor(
        quantizing: Matrix(rows: shift.count, columns: 1, elements: shift.map { Float($0) }),
        as: .float32),
      v: StoredFactor(
        quantizing: Matrix(
          rows: 1, columns: across.count, elements: across.map { Float($0 * scale) }),
        as: .float32))
    func logProbabilities(_ decoder: Decoder) throws -> [Double] {
      let hidden = try decoder.forward(batch).hidden
      let logits = try decoder.logits(of: hidden, rows: [1]).elements.map(Double.init)
      let sum = log(logits.reduce(0) { $0 + exp($1) })
      return logits.map { $0 - sum }
    }
    let before = try logProbabilities(setting.decoder)
    let after = try logProbabilities(
      setting.decoder.over(setting.weights.applying([update])))
    var divergence = 0.0
    for (p, q) in zip(before, after) { divergence += exp(p) * (p - q) }
    return divergence
  }

  /// To second order, KL(p ‖ p moved by δ) = ½ δᵀFδ.
  @Test func theMomentsAreTheFisherInformationOfAMatrixsOutputs() throws {
    let tokens = [17, 201]
    var (covariance, random) = (KeyCovariance(), RandomSource(seed: 5))
    let repeated = [KeyCovariance.Predictions](
      repeating: .init(tokens: tokens, positions: [1]), count: 6000)
    try covariance.observeGradients(
      of: repeated, weight: 1, random: &random, at: [place], decoder: setting.decoder)
    let fisher = try covariance.gradients(at: place, size: 48)
    #expect(fisher.rows == 6000)
    var generator = SeededGenerator(seed: 9)
    for _ in 0..<5 {
      let direction = generator.normals(48).map(Double.init)
      var quadratic = 0.0
      for i in 0..<48 {
        for j in 0..<48 { quadratic += direction[i] * fisher.mean[i, j] * direction[j] }
      }
      // Long enough that binary32 tells the difference, short enough for the second order.
      let length = (2e-3 / quadratic).squareRoot()
      let divergence = try divergence(of: tokens, movedBy: direction.map { $0 * length })
      #expect(abs(divergence - 1e-3) < 1e-4, "\(divergence)")
    }
  }

  /// The second moments of the gradients of what is drawn at the scored rows, by the decoder's own signals at all
  /// rows and plain loops over all but the first of each sequence.
  private func moments(
    of sequences: [KeyCovariance.Predictions], random: inout RandomSource
  ) throws -> DoubleMatrix {
    let labelled = LabelledBatch(
      sequences.map { sequence in
        LabelledSequence(
          tokens: sequence.tokens,
          labels: sequence.tokens.indices.map { sequence.positions.contains($0) ? 0 : nil })
      })
    let pass = try setting.decoder.score(labelled, recordingFrom: 1)
    let count = labelled.rows.count
    let drawn = setting.compute.drawn(
      pass.logits, levels: (0..<count).map { _ in random.uniform() })
    let signals = try setting.decoder.signals(
      of: pass,
      dLogits: setting.compute.crossEntropyGradient(
        pass.logits, targets: drawn, weights: .init(repeating: 1, count: count)),
      at: [place], rows: .all)
    let gradients = try #require(signals[place]).outputGradients
    let starts = Set(labelled.batch.starts)
    let rows = (0..<gradients.rows).filter { !starts.contains($0) }.map { gradients.row($0) }
    var sum = DoubleMatrix(rows: 48, columns: 48)
    for i in 0..<48 {
      for j in 0..<48 {
        var chain: Float = 0
        for row in rows { chain.addProduct(row[row.startIndex + i], row[row.startIndex + j]) }
        sum[i, j] = Double(chain)
      }
    }
    return sum
  }

  @Test func rowsAreTakenByTheirWeightsWithoutFirstPositionsPassAfterPass() throws {
    var generator = SeededGenerator(seed: 53)
    // Eight of them fill a pass.
    let sequences = (0..<11).map { _ in
      KeyCovariance.Predictions(
        tokens: (0..<60).map { _ in Int.random(in: 0..<288, using: &generator) },
        positions: [3, 59])
    }
    var (covariance, random, read) = (KeyCovariance(), RandomSource(seed: 5), [Int]())
    try covariance.observeGradients(
      of: sequences, weight: 1.5, random: &random,
      at: [place, ProjectionPlace(layer: 0, projection: .gate), place], decoder: setting.decoder
    ) { read.append($0) }
    #expect(read == [480, 660])
    #expect(
      Set(covariance.gradients.keys) == [place, ProjectionPlace(layer: 0, projection: .gate)])
    var again = RandomSource(seed: 5)
    let passes = try [sequences[..<8], sequences[8...]].map {
      try moments(of: Array($0), random: &again)
    }
    let found = try covariance.gradients(at: place, size: 48)
    #expect(found.rows == 11 * 59)
    for index in found.sum.elements.indices {
      #expect(
        found.sum.elements[index]
          == 1.5 * passes[0].elements[index] + 1.5 * passes[1].elements[index])
    }
  }

  @Test func aSampleIsOfAllKindsInTheirOrderAndHasNoMoreTokensThanAskedFor() {
    // Three kinds of sequences that follow each other, as an edit record's prompts do.
    let sequences = (0..<900).map { [Int](repeating: $0, count: 3 + $0 % 3) } + [[1], []]
    let sample = KeyCovariance.sample(sequences, tokens: 1000, stream: 1)
    #expect((995...1000).contains(sample.reduce(0) { $0 + $1.count }))
    let numbers = sample.map { $0[0] }
    #expect(numbers == numbers.sorted())
    #expect(Set(numbers).count == numbers.count)
    for kind in 0..<3 { #expect(numbers.count { $0 % 3 == kind } > 50) }
    #expect(KeyCovariance.sample(sequences, tokens: 1000, stream: 2) != sample)
    #expect(KeyCovariance.sample(sequences, tokens: 9000, stream: 1) == Array(sequences[..<900]))
  }

  @Test func theyComeBackAsTheyWereStored() throws {
    let covariance = try setting.covariance(tokens: 70)
    let files = Array(covariance.encodedFiles)
    #expect(
      files.map(\.name) == [
        "0.activation", "1.activation", "2.activation",
        "model.layers.0.mlp.down_proj.weight.gradient",
        "model.layers.1.mlp.down_proj.weight.gradient",
        "model.layers.2.mlp.down_proj.weight.gradient",
      ])
    let back = try KeyCovariance(encodedFiles: files)
    #expect(back.gradients == covariance.gradients)
    #expect(back.moments == covariance.moments)
    for name in ["model.layers.01.mlp.down_proj.weight.gradient", "lm_head.weight.gradient"] {
      #expect(throws: EditingError.badCovariance) {
        try KeyCovariance(encodedFiles: [(name, files[3].bytes)])
      }
    }
  }

  @Test func matricesThatWereNotMeasuredAreRefused() throws {
    let covariance = try setting.covariance(tokens: 30)
    let name = place.weightName
    #expect(throws: EditingError.missingCurvature(module: name)) {
      try covariance.gradients(at: place, size: 47)
    }
    #expect(throws: EditingError.missingCurvature(module: name)) {
      try KeyCovariance(covariance.moments).gradients(at: place, size: 48)
    }
  }
}

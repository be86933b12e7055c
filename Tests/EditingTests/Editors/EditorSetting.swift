import Editing
import LanguageModel
import ModelFiles
import ModelStore
import ObjectModel
import Tensors
import TestSupport
import Testing

/// The tiny Llama, edits with subjects for it, and what editors need to be made on it.
struct EditorSetting {
  static let batch = [
    TokenizedEdit(prompt: [3, 77, 140, 9], target: [21], subject: 1..<3),
    TokenizedEdit(prompt: [201, 4, 4, 61, 30], target: [8, 250], subject: 0..<1),
    // What this one is about is not known.
    TokenizedEdit(prompt: [88, 15], target: [131]),
  ]

  let base: FileWeights
  let decoder: Decoder
  let compute: Compute

  init(_ instructionSet: InstructionSet = .fastest, threads: Int = 2) throws {
    let directory = Golden.path("archs/llama")
    compute = try Compute(instructionSet: instructionSet, threads: threads)
    base = try FileWeights(path: directory)
    decoder = try Decoder(
      shape: DecoderShape(ModelConfiguration(contentsOf: "\(directory)/config.json")),
      weights: base, compute: compute)
  }

  var weights: EditedWeights { EditedWeights(base: base, compute: compute) }

  /// A byte a token.
  static let encoding = TextEncoding(
    prompt: { $0.utf8.map(Int.init) }, answer: { $0.utf8.map(Int.init) })

  /// Covariances of the down projections, and the gradients at their outputs, over random tokens.
  func covariance(tokens: Int = 600, seed: UInt64 = 7) throws -> KeyCovariance {
    var generator = SeededGenerator(seed: seed)
    let text = (0..<tokens).map { _ in Int.random(in: 0..<288, using: &generator) }
    var covariance = KeyCovariance()
    try covariance.observe(
      [text], at: (0..<3).map { KeyPlace(layer: $0, input: .activation) }, decoder: decoder)
    let windows = stride(from: 0, to: tokens, by: 50).map {
      Array(text[$0..<min(tokens, $0 + 50)])
    }
    var random = RandomSource(seed: seed)
    try covariance.observeGradients(
      of: windows.map { .init(tokens: $0, positions: Array($0.indices)) }, weight: 1,
      random: &random, at: Self.down([0, 1, 2]), decoder: decoder)
    return covariance
  }

  static func down(_ layers: [Int]) -> [ProjectionPlace] {
    layers.map { ProjectionPlace(layer: $0, projection: .down) }
  }

  /// An editor of a method with settings that serve the tiny model.
  func editor(
    _ method: EditingMethod, _ values: [String: String] = [:], places: [ProjectionPlace],
    covariance: KeyCovariance? = nil
  ) throws -> any Editor {
    let recipe = try method.recipe(
      values: values.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }, places: places)
    return try EditorCatalogue.editor(
      for: recipe,
      materials: .init(
        covariance: covariance.map { CovarianceSource($0) }, encoding: Self.encoding),
      base: decoder)
  }

  func edit(_ editor: any Editor, state: EditingState = EditingState()) throws -> EditOutcome {
    try editor.edit(Self.batch, decoder: decoder, weights: weights, state: state)
  }

  /// The change of a matrix that an update makes, in binary64, `out×in`.
  func change(_ update: LowRankUpdate) throws -> DoubleMatrix {
    compute.product(
      DoubleMatrix(compute.widened(try update.u.view())),
      DoubleMatrix(compute.widened(try update.v.view())))
  }
}

extension EditOutcome {
  /// The stored bytes of all factors.
  var factorBytes: [[UInt8]] { updates.flatMap { [$0.u.bytes, $0.v.bytes] } }
}

/// Expects that losses are reported of the weights that the stored factors give.
func expectStoredDeltaIsTheEdit(_ outcome: EditOutcome, _ setting: EditorSetting) throws {
  let applied = try setting.weights.applying(outcome.updates)
  let labelled = LabelledBatch(answers: EditorSetting.batch.map { ($0.prompt, $0.target) })
  #expect(try setting.decoder.over(applied).score(labelled).meanLoss == outcome.lossAfter)
  for name in outcome.weights.editedNames {
    #expect(
      try #require(applied.editedBuffer(named: name)).elements.elementsEqual(
        #require(outcome.weights.editedBuffer(named: name)).elements))
  }
}

/// Solves a dense system by Gauss–Jordan elimination with pivoting, in binary64.
func eliminate(_ system: DoubleMatrix, _ right: DoubleMatrix) -> DoubleMatrix {
  let (size, width) = (system.rows, system.rows + right.columns)
  var rows = (0..<size).map { row in
    (0..<width).map { $0 < size ? system[row, $0] : right[row, $0 - size] }
  }
  for column in 0..<size {
    let pivot = (column..<size).max { abs(rows[$0][column]) < abs(rows[$1][column]) } ?? column
    rows.swapAt(column, pivot)
    let divisor = rows[column][column]
    rows[column] = rows[column].map { $0 / divisor }
    let source = rows[column]
    for row in 0..<size where row != column {
      let factor = rows[row][column]
      if factor == 0 { continue }
      for index in column..<width { rows[row][index] -= factor * source[index] }
    }
  }
  return DoubleMatrix(
    rows: size, columns: right.columns, elements: rows.flatMap { $0.dropFirst(size) })
}

/// `aᵀ·b` by plain loops.
func transposedProduct(_ a: DoubleMatrix, _ b: DoubleMatrix) -> DoubleMatrix {
  var result = DoubleMatrix(rows: a.columns, columns: b.columns)
  for row in 0..<a.rows {
    for i in 0..<a.columns {
      for j in 0..<b.columns { result[i, j] += a[row, i] * b[row, j] }
    }
  }
  return result
}

import Editing
import LanguageModel
import Tensors
import TestSupport
import Testing

@Suite struct KeyCovarianceTests {
  private let place = KeyPlace(layer: 1, input: .activation)

  @Test func secondMomentsAreThoseOfPlainLoopsOverWindows() throws {
    let setting = try EditorSetting()
    var generator = SeededGenerator(seed: 51)
    let texts = [150, 9].map { count in
      (0..<count).map { _ in Int.random(in: 0..<288, using: &generator) }
    }
    var read: [Int] = []
    var covariance = KeyCovariance()
    try covariance.observe(
      texts, at: [place, KeyPlace(layer: 0, input: .mlp), place], decoder: setting.decoder
    ) { read.append($0) }
    // The model reads 64 tokens at once.
    #expect(read == [64, 128, 150, 159])
    #expect(covariance.places == [KeyPlace(layer: 0, input: .mlp), place])

    let moments = try covariance.moments(at: place, size: 90)
    #expect(moments.rows == 159)
    var expected = DoubleMatrix(rows: 90, columns: 90)
    for window in [texts[0][0..<64], texts[0][64..<128], texts[0][128...], texts[1][...]] {
      let pass = try setting.decoder.forward(
        TokenBatch([Array(window)]), recordingFrom: 1, through: 1)
      let keys = try #require(pass.records[1]).keys(at: .activation)
      for i in 0..<90 {
        for j in 0..<90 {
          var chain: Float = 0
          for row in 0..<keys.rows { chain.addProduct(keys[row, i], keys[row, j]) }
          expected[i, j] += Double(chain)
        }
      }
    }
    #expect(moments.sum == expected)
    #expect(moments.mean[3, 4] == expected[3, 4] / 159)
  }

  @Test func chosenRowsOfSequencesAreTakenByTheirWeightsInOnePass() throws {
    let setting = try EditorSetting()
    var generator = SeededGenerator(seed: 52)
    // 12 of them fill a pass.
    let texts = (0..<20).map { _ in
      (0..<40).map { _ in Int.random(in: 0..<288, using: &generator) }
    }
    let sequences = texts.enumerated().map { number, text in
      KeyCovariance.ChosenKeys(
        tokens: text, positions: [[1, 7, 39], number == 14 ? [7, 8] : [], []])
    }
    var read: [Int] = []
    var covariance = KeyCovariance()
    try covariance.observe(
      sequences, weights: [0.5, 3, 7], at: [place], decoder: setting.decoder
    ) { read.append($0) }
    #expect(read == [480, 800])

    let keys = try texts.map { text in
      let pass = try setting.decoder.forward(TokenBatch([text]), recordingFrom: 1, through: 1)
      return try #require(pass.records[1]).keys(at: .activation)
    }
    let passes: [(weight: Double, rows: [[Float]])] = [
      (0.5, keys[..<12].flatMap { keys in [1, 7, 39].map { Array(keys.row($0)) } }),
      (0.5, keys[12...].flatMap { keys in [1, 7, 39].map { Array(keys.row($0)) } }),
      (3, [7, 8].map { Array(keys[14].row($0)) }),
    ]
    var expected = DoubleMatrix(rows: 90, columns: 90)
    for (weight, rows) in passes {
      for i in 0..<90 {
        for j in 0..<90 {
          var chain: Float = 0
          for row in rows { chain.addProduct(row[i], row[j]) }
          expected[i, j] += weight * Double(chain)
        }
      }
    }
    let moments = try covariance.moments(at: place, size: 90)
    #expect(moments.rows == 62)
    #expect(moments.sum == expected)
  }

  @Test func theMeanUnderWeightsIsThatOfThePartsMeansByTheirShares() throws {
    var generator = SeededGenerator(seed: 54)
    let parts = [7, 0, 300, 20].map { count in (0..<count).map { _ in generator.normals(1)[0] } }
    let shares = [1, 5, 2, 4.0]
    let weights = KeyCovariance.weights(rows: parts.map(\.count), shares: shares)
    let rows = parts.reduce(0) { $0 + $1.count }
    let mean = zip(parts, weights).reduce(0) { sum, part in
      part.0.reduce(sum) { $0 + part.1 * Double($1) }
    }
    let expected = zip(parts, shares).reduce(0) { sum, part in
      part.0.isEmpty
        ? sum : sum + part.1 * part.0.reduce(0) { $0 + Double($1) } / Double(part.0.count)
    }
    #expect(abs(mean / Double(rows) - expected / 7) < 1e-12)
    #expect(weights[1] == 0)
  }

  @Test func theBitsDependNeitherOnThreadsNorOnTheInstructionSet() throws {
    let reference = try EditorSetting(.scalar, threads: 1).covariance(tokens: 100)
    for instructionSet in InstructionSet.available {
      let covariance = try EditorSetting(instructionSet, threads: 3).covariance(tokens: 100)
      #expect(covariance.moments == reference.moments)
      #expect(covariance.gradients == reference.gradients)
    }
  }

  @Test func covariancesComeBackAsTheyWereStored() throws {
    let covariance = KeyCovariance(try EditorSetting().covariance(tokens: 70).moments)
    let files = Array(covariance.encodedFiles)
    #expect(files.map(\.name) == ["0.activation", "1.activation", "2.activation"])
    #expect(files[0].bytes.count == 8 * (2 + 90 * 91 / 2))
    #expect(try KeyCovariance(encodedFiles: files).moments == covariance.moments)
  }

  @Test func whatIsNotInTheFormIsRefused() throws {
    let good = (name: "1.mlp", bytes: [UInt8](repeating: 0, count: 0))
    func file(_ words: [UInt64]) -> [UInt8] {
      words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
    }
    let one = (1.5).bitPattern
    let fine = file([4, 2, one, one, one])
    #expect(try KeyCovariance(encodedFiles: [(good.name, fine)]).places.count == 1)
    let bad: [(String, [UInt8])] = [
      ("1.nothing", fine), ("mlp", fine), (good.name, []), (good.name, Array(fine.dropLast())),
      (good.name, fine + [0]), (good.name, file([0, 2, one, one, one])),
      (good.name, file([4, 0])), (good.name, file([4, 3, one, one, one])),
      (good.name, file([4, 1 << 40, one, one, one])),
      (good.name, file([4, 2, one, Double.infinity.bitPattern, one])),
      (good.name, file([4, 2, one, Double.nan.bitPattern, one])),
    ]
    for (name, bytes) in bad {
      #expect(throws: EditingError.badCovariance) {
        try KeyCovariance(encodedFiles: [(name, bytes)])
      }
    }
  }

  @Test func aPlaceThatWasNotMeasuredIsRefused() throws {
    let covariance = try EditorSetting().covariance(tokens: 30)
    #expect(throws: EditingError.missingCovariance(place: "1.mlp")) {
      try covariance.moments(at: KeyPlace(layer: 1, input: .mlp), size: 48)
    }
    #expect(throws: EditingError.missingCovariance(place: "1.activation")) {
      try covariance.moments(at: place, size: 91)
    }
  }
}

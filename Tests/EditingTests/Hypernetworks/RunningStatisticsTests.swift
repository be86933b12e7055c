import Editing
import Tensors
import TestSupport
import Testing

@Suite struct RunningStatisticsTests {
  private func contribution(
    _ rows: Int, _ generator: inout SeededGenerator, input: Int = 5, output: Int = 3
  ) -> RunningStatistics {
    var statistics = RunningStatistics()
    statistics.observe(
      keys: Matrix(rows: rows, columns: input, elements: generator.normals(rows * input)),
      outputGradients: Matrix(
        rows: rows, columns: output, elements: generator.normals(rows * output, deviation: 0.01)))
    return statistics
  }

  @Test func theMeanOfAFoldIsTheMeanOfAllRows() throws {
    var generator = SeededGenerator(seed: 11)
    let parts = (0..<4).map { _ in
      Matrix(rows: 6, columns: 2, elements: generator.normals(12))
    }
    var statistics = RunningStatistics()
    for part in parts {
      statistics.observe(keys: part, outputGradients: part)
    }
    let moments = try #require(statistics.moments[WeightShape(input: 2, output: 2)])
    #expect(moments.count == 24)
    for column in 0..<2 {
      let all = parts.flatMap { part in (0..<6).map { Double(part[$0, column]) } }
      #expect(abs(moments.mean[column] - all.reduce(0, +) / 24) < 1e-12)
    }
  }

  @Test func theSpreadOfAFoldIsTheGroupsUnbiasedSpreadsAndThatOfTheirMeans() throws {
    var generator = SeededGenerator(seed: 12)
    let groups = [4, 1, 7, 3].map { rows in
      Matrix(rows: rows, columns: 1, elements: generator.normals(rows, deviation: 3))
    }
    var statistics = RunningStatistics()
    for group in groups { statistics.observe(keys: group, outputGradients: group) }
    let moments = try #require(statistics.moments[WeightShape(input: 1, output: 1)])

    let values = groups.map { $0.elements.map(Double.init) }
    let overall = values.flatMap(\.self).reduce(0, +) / 15
    let expected = values.reduce(0.0) { sum, group in
      let (count, mean) = (Double(group.count), group.reduce(0, +) / Double(group.count))
      let squares = group.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      let unbiased = group.count > 1 ? squares * count / (count - 1) : 0
      return sum + unbiased + count * (mean - overall) * (mean - overall)
    }
    for spread in moments.spread { #expect(abs(spread / expected - 1) < 1e-12) }
    for deviation in moments.deviations {
      #expect(abs(deviation / (expected / 14).squareRoot() - 1) < 1e-7)
    }
  }

  @Test func encodedStatisticsComeBackToTheBit() throws {
    var generator = SeededGenerator(seed: 13)
    var statistics = contribution(7, &generator)
    statistics.merge(contribution(3, &generator, input: 4, output: 9))
    let files = statistics.encodedFiles
    #expect(files.map(\.name) == ["4x9", "5x3"])
    #expect(try RunningStatistics(encodedFiles: files) == statistics)
    // Count 3 as a little-endian word leads the first file.
    #expect(Array(files[0].bytes.prefix(8)) == [3, 0, 0, 0, 0, 0, 0, 0])
  }

  @Test func malformedStatisticsAreRefused() {
    let good = [UInt8](repeating: 0, count: 8 + 16 * 3)
    for (name, bytes) in [
      ("1x2", Array(good.dropLast())), ("1x2x3", good), ("1y2", good), ("-1x4", good),
      ("3x0", good), ("1x3", good), ("1x2", Array(repeating: 0xFF, count: 8 + 16 * 3)),
    ] {
      #expect(throws: EditingError.badStatistics) {
        try RunningStatistics(encodedFiles: [(name, bytes)])
      }
    }
    #expect(throws: Never.self) { try RunningStatistics(encodedFiles: [("1x2", good)]) }
  }
}

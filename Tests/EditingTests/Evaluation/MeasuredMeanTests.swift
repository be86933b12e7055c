import Editing
import Testing

@Suite struct MeasuredMeanTests {
  /// Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17
  /// (1998), table I, method 3.
  @Test(arguments: [
    (81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0000, 0.1611),
    (1, 29, 0.0061, 0.1718),
  ])
  func intervalsAreTheScoreIntervalsThatNewcombePublished(
    hits: Int, count: Int, low: Double, high: Double
  ) throws {
    var tally = Tally()
    for number in 0..<count { tally.add([number < hits ? 1 : 0]) }
    let interval = try #require(tally.measurement.interval)
    #expect(abs(interval.lowerBound - low) < 0.00005)
    #expect(abs(interval.upperBound - high) < 0.00005)
    #expect(tally.measurement.count == count)
  }

  @Test func bothEndsOfTheIntervalSolveTheScoreEquation() {
    for (share, size) in [(0.37, 12.5), (0.9, 3.0), (0.5, 400.0)] {
      let interval = WilsonInterval.around(share, size: size)
      for bound in [interval.lowerBound, interval.upperBound] {
        let score = (share - bound) / (bound * (1 - bound) / size).squareRoot()
        #expect(abs(abs(score) - 1.959963984540054) < 1e-9)
      }
      #expect(interval.contains(share))
    }
  }

  @Test func answersOfOneRecordCountAsOneWitness() throws {
    var together = Tally()
    var alone = Tally()
    for number in 0..<12 {
      let value = number < 9 ? 1.0 : 0
      together.add([value, value, value, value, value])
      alone.add([value])
    }
    #expect(together.measurement.count == 60)
    #expect(together.measurement.value == 0.75)
    #expect(together.measurement.interval == alone.measurement.interval)
  }

  @Test func recordsOfManyAnswersWeighAsKishSays() throws {
    var tally = Tally()
    tally.add([1, 0, 0.5])
    tally.add([])
    tally.add([1])
    // (3 + 1)² / (3² + 1²) = 1.6 records' worth.
    #expect(tally.measurement.value == 0.625)
    #expect(tally.measurement.interval == WilsonInterval.around(0.625, size: 1.6))
  }

  @Test func nothingToMeasureIsNoValue() {
    #expect(Tally().measurement == MeasuredMean())
    #expect(MeasuredMean().value == nil && MeasuredMean().interval == nil)
  }
}

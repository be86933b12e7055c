/// The mean of numbers between 0 and 1, how many they are, and how sure one can be of it.
package struct MeasuredMean: Sendable, Equatable {
  /// `nil` where there is nothing to measure on.
  package let value: Double?
  package let count: Int
  /// The 95 % confidence interval, `nil` where there is no value.
  package let interval: ClosedRange<Double>?

  package init(value: Double? = nil, count: Int = 0, interval: ClosedRange<Double>? = nil) {
    self.value = value
    self.count = count
    self.interval = interval
  }
}

/// Wilson's score interval at 95 % (Wilson 1927).
package enum WilsonInterval {
  /// The normal distribution's quantile of 0.975, correctly rounded.
  static let quantile = 1.959963984540054

  /// The interval for a share of yes among answers.
  ///
  /// For numbers that lie between 0 and 1 without being one of the two it is on the safe side, since
  /// no distribution there has a larger variance than the one of yes and no with the same mean.
  ///
  /// - Parameters:
  ///   - share: between 0 and 1.
  ///   - size: of the sample; need not be whole, and is above 0.
  package static func around(_ share: Double, size: Double) -> ClosedRange<Double> {
    let square = quantile * quantile
    let scale = 1 + square / size
    let centre = (share + square / (2 * size)) / scale
    let spread =
      quantile / scale
      * (max(0, share * (1 - share)) / size + square / (4 * size * size)).squareRoot()
    // Where all answers are alike the bound is exactly theirs, which rounding must not miss.
    let low = share <= 0 ? 0 : max(0, centre - spread)
    let high = share >= 1 ? 1 : min(1, centre + spread)
    return low...max(low, high)
  }
}

/// Adds up what one measure says of record after record.
package struct Tally {
  private var sum = 0.0
  private var count = 0
  /// Of the numbers of answers, over records.
  private var squares = 0

  package init() {}

  /// Adds a record's answers: for each, how right it is, between 0 and 1.
  package mutating func add(_ record: [Double]) {
    for value in record { sum += value }
    count += record.count
    squares += record.count * record.count
  }

  /// The mean over all answers. Answers of one record are no independent witnesses, so the interval
  /// is that of Kish's effective sample size `(Σm)²/Σm²` (Kish 1965), `m` being a record's number of
  /// answers: that of as many records, where all have the same number.
  package var measurement: MeasuredMean {
    guard count > 0 else { return MeasuredMean() }
    let mean = min(1, sum / Double(count))
    let size = Double(count) * Double(count) / Double(squares)
    return MeasuredMean(
      value: mean, count: count, interval: WilsonInterval.around(mean, size: size))
  }
}

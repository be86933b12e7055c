/// How far two lists of numbers lie apart, and where.
package struct Closeness: CustomStringConvertible, Sendable {
  package let worstIndex: Int
  package let actual: Float
  package let expected: Float
  /// The largest difference divided by the largest magnitude of the expected numbers.
  package let relativeError: Float
  /// The largest difference.
  package let absoluteError: Float

  /// Compares two lists of one length; lists of different lengths, and any NaN, are infinitely far
  /// apart.
  package init(_ actual: some Collection<Float>, _ expected: some Collection<Float>) {
    var worst = (index: -1, difference: Float(0), actual: Float(0), expected: Float(0))
    var scale: Float = 0
    if actual.count != expected.count {
      worst = (-1, .infinity, Float(actual.count), Float(expected.count))
    }
    for (index, pair) in zip(actual, expected).enumerated() {
      let difference = abs(pair.0 - pair.1)
      if difference.isNaN || difference > worst.difference {
        worst = (index, difference.isNaN ? .infinity : difference, pair.0, pair.1)
      }
      scale = max(scale, abs(pair.1))
    }
    worstIndex = worst.index
    self.actual = worst.actual
    self.expected = worst.expected
    absoluteError = worst.difference
    relativeError = worst.difference == 0 ? 0 : worst.difference / scale
  }

  package var description: String {
    "relative error \(relativeError), absolute \(absoluteError): "
      + "\(actual) in place of \(expected) at \(worstIndex)"
  }
}

import Tensors

/// An axis: from values to places between 0 and 1, with the values that are marked on it.
struct Axis {
  private let low: Double
  private let high: Double
  private let isLogarithmic: Bool
  /// Marked values, ascending.
  let ticks: [Double]

  /// A share's axis, from 0 to 1.
  static let shares = Axis(
    low: 0, high: 1, isLogarithmic: false, ticks: [0, 0.2, 0.4, 0.6, 0.8, 1])

  private init(low: Double, high: Double, isLogarithmic: Bool, ticks: [Double]) {
    self.low = low
    self.high = high
    self.isLogarithmic = isLogarithmic
    self.ticks = ticks
  }

  /// An axis from 0 to a count.
  init(countsTo largest: Int) {
    let largest = Double(max(1, largest))
    let step = max(1, Self.roundStep(above: largest / 6))
    let high = (largest / step).rounded(.up) * step
    self.init(
      low: 0, high: high, isLogarithmic: false,
      ticks: Array(stride(from: 0, through: high, by: step)))
  }

  /// An axis of factors around 1: evenly spaced, or by their logarithms where they differ much.
  /// Values that are not finite, or not positive, have no place on it.
  init(factors: [Double]) {
    let usable = factors.filter { $0.isFinite && $0 > 0 } + [1]
    let (least, largest) = (usable.min() ?? 1, usable.max() ?? 1)
    if largest / least > 4 {
      var decades = [Self.decade(of: least)]
      while let last = decades.last, last < largest { decades.append(10 * last) }
      let fine = decades.flatMap { decade in [1, 2, 5].map { $0 * decade } }
      let low = fine.last { $0 <= least } ?? least
      let high = fine.first { $0 >= largest } ?? largest
      let ticks = fine.filter { (low...high).contains($0) }
      let stride = (decades.count + 7) / 8
      self.init(
        low: low, high: high, isLogarithmic: true,
        ticks: ticks.count <= 8
          ? ticks
          : decades.indices.filter { $0.isMultiple(of: stride) }.map { decades[$0] }
            .filter { (low...high).contains($0) })
    } else {
      let step = Self.roundStep(above: max(largest - least, 0.01) / 5)
      let (first, last) = ((least / step).rounded(.down), (largest / step).rounded(.up))
      let end = max(last, first + 1)
      self.init(
        low: first * step, high: end * step, isLogarithmic: false,
        ticks: stride(from: first, through: end, by: 1).map { $0 * step })
    }
  }

  /// Where a value lies, 0 being the axis' beginning and 1 its end; `nil` where it has no place.
  func place(_ value: Double) -> Double? {
    guard value.isFinite else { return nil }
    guard isLogarithmic else { return (value - low) / (high - low) }
    guard value > 0 else { return nil }
    return PortableMath.logarithm(value / low) / PortableMath.logarithm(high / low)
  }

  /// A value as it is marked: no more digits than needed.
  static func label(_ value: Double) -> String {
    let text = Quantity.fixed(value, 4)
    return text.contains(".") ? String(text.trimmingSuffix("0").trimmingSuffix(".")) : text
  }

  /// The least of 1, 2 and 5 times a power of ten that is not below a positive value.
  private static func roundStep(above value: Double) -> Double {
    let decade = decade(of: value)
    return [1, 2, 5].map { $0 * decade }.first { $0 >= value } ?? 10 * decade
  }

  /// The largest power of ten that is not above a positive value.
  private static func decade(of value: Double) -> Double {
    var decade = 1.0
    while decade > value { decade /= 10 }
    while decade * 10 <= value { decade *= 10 }
    return decade
  }
}

extension StringProtocol {
  /// Without the given character at its end, however often it is there.
  fileprivate func trimmingSuffix(_ character: Character) -> SubSequence {
    self[..<(lastIndex { $0 != character }.map(index(after:)) ?? startIndex)]
  }
}

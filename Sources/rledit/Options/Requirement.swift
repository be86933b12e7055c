import ArgumentParser

/// `efficacy=0.95`: a measure, and what it must come to.
struct Requirement: ExpressibleByArgument {
  let measure: NamedMeasure
  let least: Double

  init?(argument: String) {
    let parts = argument.split(separator: "=", omittingEmptySubsequences: false)
    guard parts.count == 2, let least = Double(parts[1]), (0...1).contains(least),
      let measure = MeasureGroup.all.flatMap(\.measures).first(where: { $0.column == parts[0] })
    else { return nil }
    self.measure = measure
    self.least = least
  }

  static var allValueStrings: [String] {
    MeasureGroup.all.flatMap(\.measures).map { "\($0.column)=SHARE" }
  }

  /// What is wrong, in words; `nil` where the measure comes to enough. One that no record gives an answer
  /// to does not.
  func shortfall(in report: MeasuresReport) -> String? {
    guard let value = measure.value(report)?.value else {
      return "\(measure.column) was not measured"
    }
    guard value < least else { return nil }
    let (found, wanted) = Quantity.percents(value, least)
    return "\(measure.column) is \(found), and \(wanted) is wanted"
  }
}

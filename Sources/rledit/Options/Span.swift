import ArgumentParser

/// A span of time as people write it: `14d`, `12h`, `30min`, `45s`, `0`.
struct Span: ExpressibleByArgument, Equatable {
  let seconds: Int

  static func days(_ count: Int) -> Span { Span(seconds: count * 86_400) }

  private init(seconds: Int) { self.seconds = seconds }

  init?(argument: String) {
    let digits = argument.prefix { $0.isASCII && $0.isNumber }
    guard let count = Int(digits) else { return nil }
    let unit: Int
    switch argument.dropFirst(digits.count) {
    case "" where count == 0: unit = 1
    case "s": unit = 1
    case "min": unit = 60
    case "h": unit = 3600
    case "d": unit = 86_400
    case "w": unit = 7 * 86_400
    default: return nil
    }
    let (seconds, overflow) = count.multipliedReportingOverflow(by: unit)
    // What is longer than the clock goes back says nothing.
    guard !overflow, seconds <= 100 * 366 * 86_400 else { return nil }
    self.seconds = seconds
  }

  var defaultValueDescription: String {
    seconds.isMultiple(of: 86_400) && seconds > 0 ? "\(seconds / 86_400)d" : "\(seconds)s"
  }
}

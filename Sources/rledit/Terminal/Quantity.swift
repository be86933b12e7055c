import Foundation
import Glibc

/// Numbers as people read them.
enum Quantity {
  private static let units = ["kB", "MB", "GB", "TB", "PB"]

  /// Bytes in decimal units: `268.4 MB`.
  static func bytes(_ count: Int) -> String { bytes(Double(count)) }

  static func bytes(_ count: Double) -> String {
    guard count >= 1000 else { return "\(Int(count)) B" }
    var value = count / 1000
    var unit = 0
    while value >= 999.95, unit + 1 < units.count {
      value /= 1000
      unit += 1
    }
    return "\(fixed(value, 1)) \(units[unit])"
  }

  /// A count of parameters: `134.5M`.
  static func parameters(_ count: Int) -> String {
    switch count {
    case 1_000_000_000...: fixed(Double(count) / 1e9, 1) + "B"
    case 1_000_000...: fixed(Double(count) / 1e6, 1) + "M"
    case 10_000...: fixed(Double(count) / 1e3, 1) + "K"
    default: String(count)
    }
  }

  /// Seconds: `0.8 s`, `2 min 5 s`, `1 h 20 min`.
  static func seconds(_ seconds: Double) -> String {
    guard seconds >= 10 else { return "\(fixed(max(0, seconds), 1)) s" }
    guard seconds < 1e9 else { return "ages" }
    let whole = Int(seconds.rounded())
    switch whole {
    case ..<60: return "\(whole) s"
    case ..<3600: return "\(whole / 60) min \(whole % 60) s"
    default: return "\(whole / 3600) h \(whole % 3600 / 60) min"
    }
  }

  /// A number with so many digits behind the point.
  static func fixed(_ value: Double, _ digits: Int) -> String {
    String(format: "%.\(digits)f", value)
  }

  /// A measurement: four digits that count, in whichever notation is shorter.
  static func measured(_ value: Double) -> String { String(format: "%.4g", value) }

  /// A share as a percentage.
  static func percent(_ share: Double) -> String { "\(fixed(share * 100, 1)) %" }

  /// Two shares as percentages, with as many digits as it takes to tell the one from the other.
  static func percents(_ first: Double, _ second: Double) -> (String, String) {
    for digits in 1..<17 where fixed(first * 100, digits) != fixed(second * 100, digits) {
      return ("\(fixed(first * 100, digits)) %", "\(fixed(second * 100, digits)) %")
    }
    return (percent(first), percent(second))
  }

  /// A count with its noun: `1 commit`, `2 commits`.
  static func count(_ count: Int, _ noun: String, _ plural: String? = nil) -> String {
    count == 1 ? "1 \(noun)" : "\(count) \(plural ?? noun + "s")"
  }

  /// A moment in the user's time zone: `2026-11-23 09:01:33 +0000`.
  static func time(_ seconds: Int) -> String { time(seconds, format: "%Y-%m-%d %H:%M:%S %z") }

  /// A moment as programs like it (RFC 3339, UTC): `2026-11-23T09:01:33Z`.
  static func timestamp(_ seconds: Int) -> String {
    time(seconds, format: "%Y-%m-%dT%H:%M:%SZ", inUTC: true)
  }

  private static func time(_ seconds: Int, format: String, inUTC: Bool = false) -> String {
    var moment = time_t(seconds)
    var parts = tm()
    let known = inUTC ? gmtime_r(&moment, &parts) : localtime_r(&moment, &parts)
    var buffer = [CChar](repeating: 0, count: 64)
    guard known != nil, strftime(&buffer, buffer.count, format, &parts) > 0 else {
      return "\(seconds) s after 1970"
    }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

import Foundation
import ObjectModel

/// Names a process so that others on its machine can tell whether it still runs: where it is (this start
/// of the machine, this numbering of processes), its number, when it began, and something at random.
struct ProcessMark {
  let text: String

  private static let place: String? = {
    guard
      let start = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8),
      let numbering = try? FileManager.default.destinationOfSymbolicLink(
        atPath: "/proc/self/ns/pid")
    else { return nil }
    let bytes = Array((start + numbering).utf8)
    return String(bytes.withUnsafeBytes { ContentHash(of: $0) }.hex.prefix(16))
  }()

  /// Another one at each call.
  init() {
    let number = Int(getpid())
    let random = UInt64.random(in: .min ... .max)
    let place = Self.place ?? "elsewhere"
    let start = Self.startOfProcess(number) ?? "0"
    text = "\(place).\(number).\(start).\(String(random, radix: 16))"
  }

  /// Whether the process that made a mark is known to have ended.
  static func hasEnded(_ mark: String) -> Bool {
    let parts = mark.split(separator: ".")
    guard parts.count == 4, let place, parts[0] == place, let number = Int(parts[1]), number > 0
    else { return false }
    return startOfProcess(number).map { $0 != parts[2] } ?? true
  }

  /// In ticks since the machine's start; `nil` where there is no such process.
  private static func startOfProcess(_ number: Int) -> String? {
    guard let status = try? String(contentsOfFile: "/proc/\(number)/stat", encoding: .utf8),
      // The name, between parentheses, may hold anything.
      let end = status.lastIndex(of: ")")
    else { return nil }
    let fields = status[end...].split(separator: " ")
    guard fields.count > 20, fields[1] != "Z" else { return nil }
    return String(fields[20])
  }
}

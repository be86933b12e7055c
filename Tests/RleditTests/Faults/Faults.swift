import Foundation
import TestSupport

/// What is to go wrong in a run of the executable: `Tests/FaultInjection` says how.
struct Faults {
  /// The step at which the process is killed, or stopped.
  var step: Int?
  var stops = false
  /// The call that fails, with this error number; 0 is a write of half the bytes.
  var call: Int?
  var error: Int32 = 0
  /// Whether later calls of its kind fail, too.
  var isLasting = false
  /// Where to write what was done.
  var log: String?
  /// Bytes of the longest map at first.
  var mapBytes: Int?

  /// A clock that stands still, and the same order of hash tables, make the same commits at each run.
  static let time = 1_700_000_000

  private static let library = URL(fileURLWithPath: CommandRunner.executable)
    .deletingLastPathComponent().appendingPathComponent("libFaultInjection.so").path

  /// The variables that do this to a run whose files are below `folder`.
  func environment(in folder: String) -> [String: String] {
    var variables = [
      "LD_PRELOAD": Self.library, "FAULT_FOLDER": folder, "FAULT_TIME": String(Self.time),
      "SWIFT_DETERMINISTIC_HASHING": "1", "SWIFT_BACKTRACE": "enable=no",
    ]
    variables["FAULT_STEP"] = step.map { String($0) }
    variables["FAULT_STOP"] = stops ? "1" : nil
    variables["FAULT_CALL"] = call.map { String($0) }
    variables["FAULT_ERROR"] = String(error)
    variables["FAULT_LASTING"] = isLasting ? "1" : nil
    variables["FAULT_LOG"] = log
    variables["FAULT_MAP"] = mapBytes.map { String($0) }
    return variables
  }

  /// How many times as many points as usual are wanted; `tools/stress` sets it.
  static let thoroughness =
    ProcessInfo.processInfo.environment["RLEDIT_STRESS"].flatMap { Int($0) } ?? 1
}

/// A call that a run made on its files: `struct record` of `FaultInjection.h`.
struct CallRecord: Sendable {
  enum Kind: Int32, Sendable {
    case write = 1
    case synchronize, truncate, rename, remove, open, map, lock
  }

  struct Malformed: Error {}

  let kind: Kind
  let flags: Int32
  let call: Int
  let firstStep: Int
  let offset: Int
  let path: String
  let bytes: [UInt8]

  /// Whether a write is on the disk when it returns.
  var isDurable: Bool { kind == .write && flags == 1 }

  var lastStep: Int { firstStep + (kind == .write ? max(0, (bytes.count - 1) / 4096) : 0) }

  /// The calls that a run has written down, in order.
  static func read(_ path: String) throws -> [CallRecord] {
    var rest = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))[...]
    func take(_ count: Int) throws -> ArraySlice<UInt8> {
      guard rest.count >= count else { throw Malformed() }
      defer { rest = rest.dropFirst(count) }
      return rest.prefix(count)
    }
    func number<Number: FixedWidthInteger>(_ type: Number.Type) throws -> Number {
      try take(MemoryLayout<Number>.size).reversed().reduce(0) { $0 << 8 | Number($1) }
    }
    var records: [CallRecord] = []
    while !rest.isEmpty {
      guard let kind = Kind(rawValue: try number(Int32.self)) else { throw Malformed() }
      let flags = try number(Int32.self)
      let numbers = try (0..<5).map { _ in Int(try number(Int64.self)) }
      records.append(
        CallRecord(
          kind: kind, flags: flags, call: numbers[0], firstStep: numbers[1], offset: numbers[2],
          path: String(decoding: try take(numbers[3]), as: UTF8.self),
          bytes: Array(try take(numbers[4]))))
    }
    return records
  }
}

import Foundation
import ModelFiles
import TestSupport

/// Puts a GGUF file together byte by byte, so that each fault can be made on purpose.
struct GGUFBuilder {
  var magic = Array("GGUF".utf8)
  var version: UInt32 = 3
  var tensorCount: UInt64?
  var entryCount: UInt64?
  var entries: [[UInt8]] = []
  var tensors: [[UInt8]] = []
  var alignment = 32
  var data: [UInt8] = []

  static func integer<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }

  static func string(_ text: String) -> [UInt8] {
    integer(UInt64(text.utf8.count)) + Array(text.utf8)
  }

  mutating func entry(_ key: String, type: UInt32, _ value: [UInt8]) {
    entries.append(Self.string(key) + Self.integer(type) + value)
  }

  mutating func entry(_ key: String, _ value: Int) {
    entry(key, type: GGUFValueType.uint32.rawValue, Self.integer(UInt32(value)))
  }

  mutating func entry(_ key: String, _ value: Float) {
    entry(key, type: GGUFValueType.float32.rawValue, Self.integer(value.bitPattern))
  }

  mutating func entry(_ key: String, _ value: String) {
    entry(key, type: GGUFValueType.string.rawValue, Self.string(value))
  }

  mutating func entry(_ key: String, _ value: Bool) {
    entry(key, type: GGUFValueType.bool.rawValue, [value ? 1 : 0])
  }

  mutating func entry(_ key: String, _ values: [String]) {
    entry(
      key, type: GGUFValueType.array.rawValue,
      Self.integer(GGUFValueType.string.rawValue) + Self.integer(UInt64(values.count))
        + values.flatMap(Self.string))
  }

  mutating func entry(_ key: String, _ values: [Int32]) {
    entry(
      key, type: GGUFValueType.array.rawValue,
      Self.integer(GGUFValueType.int32.rawValue) + Self.integer(UInt64(values.count))
        + values.flatMap { Self.integer($0) })
  }

  /// Lists a tensor; `dimensions` innermost first, as in the file.
  mutating func tensor(
    _ name: String, _ dimensions: [UInt64], type: UInt32 = 0, offset: UInt64 = 0
  ) {
    tensors.append(
      Self.string(name) + Self.integer(UInt32(dimensions.count))
        + dimensions.flatMap { Self.integer($0) } + Self.integer(type) + Self.integer(offset))
  }

  /// Lists an F32 tensor and appends zeros for it.
  mutating func zeros(_ name: String, rows: Int, columns: Int) {
    tensor(name, [UInt64(columns), UInt64(rows)], offset: UInt64(data.count))
    let byteCount = (4 * rows * columns + alignment - 1) / alignment * alignment
    data += Array(repeating: 0, count: byteCount)
  }

  var bytes: [UInt8] {
    var bytes = magic + Self.integer(version)
    bytes += Self.integer(tensorCount ?? UInt64(tensors.count))
    bytes += Self.integer(entryCount ?? UInt64(entries.count))
    bytes += entries.flatMap { $0 } + tensors.flatMap { $0 }
    bytes += Array(repeating: 0, count: (alignment - bytes.count % alignment) % alignment)
    return bytes + data
  }

  /// The file, written into `directory`.
  func write(into directory: TemporaryDirectory) throws -> String {
    let path = directory.path("\(UUID().uuidString).gguf")
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return path
  }
}

import ObjectModel

extension Identifier {
  /// The beginning that people read and type: 12 hexadecimal digits, which stay unambiguous up to
  /// millions of objects.
  var short: String { String(hex.prefix(12)) }
}

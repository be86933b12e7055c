/// The metadata of a GGUF file, in its order.
package struct GGUFMetadata: Sendable {
  package let path: String
  package let entries: [(key: String, value: GGUFValue)]
  private let positions: [UTF8Key: Int]

  init(path: String, entries: [(key: String, value: GGUFValue)]) {
    self.path = path
    self.entries = entries
    positions = Dictionary(
      entries.enumerated().map { (UTF8Key($1.key), $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The value of that key, or `nil`.
  package subscript(key: String) -> GGUFValue? {
    positions[UTF8Key(key)].map { entries[$0].value }
  }

  /// The value of that key as `read` takes it, or `nil` where the key is not there.
  ///
  /// - Throws: `ModelFileError.invalidValue` where it is there and of another kind.
  func optional<Value>(
    _ key: String, _ kind: String, _ read: (GGUFValue) -> Value?
  ) throws -> Value? {
    guard let value = self[key] else { return nil }
    guard let result = read(value) else {
      throw ModelFileError.invalidValue(path: path, key: key, fault: .wrongKind(expected: kind))
    }
    return result
  }

  /// The value of that key as `read` takes it.
  ///
  /// - Throws: `ModelFileError.invalidValue` where it is not there or of another kind.
  func required<Value>(
    _ key: String, _ kind: String, _ read: (GGUFValue) -> Value?
  ) throws -> Value {
    guard let value = try optional(key, kind, read) else {
      throw ModelFileError.invalidValue(path: path, key: key, fault: .missing)
    }
    return value
  }

  package func integer(_ key: String) throws -> Int? {
    try optional(key, "integer", \.integerValue)
  }

  package func number(_ key: String) throws -> Double? {
    try optional(key, "number", \.doubleValue)
  }

  package func bool(_ key: String) throws -> Bool? {
    try optional(key, "truth value", \.boolValue)
  }

  package func string(_ key: String) throws -> String? {
    try optional(key, "string", \.stringValue)
  }

  package func strings(_ key: String) throws -> [String]? {
    try optional(key, "list of strings") { $0.array(of: \.stringValue) }
  }

  package func integers(_ key: String) throws -> [Int]? {
    try optional(key, "list of integers") { $0.array(of: \.integerValue) }
  }
}

extension GGUFValue {
  /// The elements, where this is an array and `read` takes each of them.
  fileprivate func array<Element>(of read: (GGUFValue) -> Element?) -> [Element]? {
    guard let elements = arrayValue else { return nil }
    let result = elements.compactMap(read)
    return result.count == elements.count ? result : nil
  }
}

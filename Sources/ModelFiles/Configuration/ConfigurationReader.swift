/// Typed, range-checked access to the members of a `config.json`.
///
/// `null` counts as absent throughout: the writers of these files use both alike.
struct ConfigurationReader {
  let path: String
  let object: JSONObject
  /// What the key of a nested object is prefixed with in errors.
  var prefix = ""

  /// Sizes stay below this, so that products of two of them fit in 64 bits.
  private static let sizeLimit = 1 << 31

  func failure(_ key: String, _ fault: ValueFault) -> ModelFileError {
    .invalidValue(path: path, key: prefix + key, fault: fault)
  }

  func unsupported(_ feature: String) -> ModelFileError {
    .unsupportedFeature(path: path, feature: feature)
  }

  private func value<Value>(
    _ key: String, _ kind: String, _ read: (JSONValue) -> Value?
  ) throws -> Value? {
    guard let value = object[key], !value.isNull else { return nil }
    guard let result = read(value) else { throw failure(key, .wrongKind(expected: kind)) }
    return result
  }

  func bool(_ key: String) throws -> Bool? { try value(key, "truth value", \.boolValue) }

  func string(_ key: String) throws -> String? { try value(key, "string", \.stringValue) }

  func nested(_ key: String) throws -> ConfigurationReader? {
    try value(key, "object", \.objectValue).map {
      ConfigurationReader(path: path, object: $0, prefix: "\(prefix)\(key).")
    }
  }

  /// A number of things: at least one, less than 2³¹.
  func size(_ key: String) throws -> Int? {
    guard let size = try value(key, "integer", \.integerValue) else { return nil }
    guard size > 0, size < Self.sizeLimit else {
      throw failure(key, .outOfRange(reason: "\(size) is not between 1 and 2^31 − 1"))
    }
    return size
  }

  func requiredSize(_ key: String) throws -> Int {
    guard let size = try size(key) else { throw failure(key, .missing) }
    return size
  }

  func positiveNumber(_ key: String) throws -> Double? {
    guard let number = try value(key, "number", \.doubleValue) else { return nil }
    guard number.isFinite, number > 0 else {
      throw failure(key, .outOfRange(reason: "\(number) is not positive"))
    }
    return number
  }

  func requiredPositiveNumber(_ key: String) throws -> Double {
    guard let number = try positiveNumber(key) else { throw failure(key, .missing) }
    return number
  }

  /// Token ids given as one integer or a list of them.
  func tokenIDs(_ key: String) throws -> [Int] {
    let ids = try value(key, "token id or list of them") { value -> [Int]? in
      if let id = value.integerValue { return [id] }
      guard let elements = value.arrayValue else { return nil }
      let ids = elements.compactMap(\.integerValue)
      return ids.count == elements.count ? ids : nil
    }
    // Some files write −1 for "none".
    return (ids ?? []).filter { $0 >= 0 }
  }
}

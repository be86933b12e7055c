/// A value of a JSON text, with integers kept exact.
package enum JSONValue: Equatable, Sendable {
  case null
  case bool(Bool)
  /// A number written without point and exponent that fits.
  case integer(Int64)
  /// Such a number above `Int64.max` that still fits in 64 bits.
  case unsignedInteger(UInt64)
  /// Any other number, rounded to binary64. `-0` is one of them, and keeps its sign.
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object(JSONObject)
}

extension JSONValue {
  /// The members, where this is an object.
  package var objectValue: JSONObject? {
    if case .object(let object) = self { object } else { nil }
  }

  /// The elements, where this is an array.
  package var arrayValue: [JSONValue]? {
    if case .array(let elements) = self { elements } else { nil }
  }

  /// The text, where this is a string.
  package var stringValue: String? {
    if case .string(let text) = self { text } else { nil }
  }

  /// The truth value, where this is one; numbers are not converted.
  package var boolValue: Bool? {
    if case .bool(let value) = self { value } else { nil }
  }

  /// The integer, where this is a number written as one; `2.0` is not.
  package var integerValue: Int? {
    if case .integer(let value) = self { Int(value) } else { nil }
  }

  /// The number, integers converted; integers beyond 2⁵³ are rounded to nearest.
  package var doubleValue: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .unsignedInteger(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  /// Whether this is `null`.
  package var isNull: Bool { self == .null }
}

/// The members of a JSON object in the order of the text, names compared byte by byte.
package struct JSONObject: Equatable, Sendable {
  package struct Member: Equatable, Sendable {
    package let name: String
    package let value: JSONValue

    package init(_ name: String, _ value: JSONValue) {
      self.name = name
      self.value = value
    }
  }

  package private(set) var members: [Member] = []

  /// Where each name stands; kept only for objects too large to search through (a vocabulary).
  private var positions: [UTF8Key: Int] = [:]

  private static let searchLimit = 8

  package init() {}

  /// An object of the given members; of a name that occurs twice the first is kept.
  package init(_ members: [Member]) {
    for member in members { append(member) }
  }

  package var count: Int { members.count }

  /// The value of that name, or `nil`.
  ///
  /// - Complexity: O(1) on average in the number of members.
  package subscript(name: String) -> JSONValue? {
    position(of: name).map { members[$0].value }
  }

  /// Adds a member at the end and says whether its name was new; one that is not is dropped.
  @discardableResult
  package mutating func append(_ member: Member) -> Bool {
    guard position(of: member.name) == nil else { return false }
    members.append(member)
    if members.count == JSONObject.searchLimit + 1 {
      for (position, member) in members.enumerated() {
        positions[UTF8Key(member.name)] = position
      }
    } else if members.count > JSONObject.searchLimit {
      positions[UTF8Key(member.name)] = members.count - 1
    }
    return true
  }

  private func position(of name: String) -> Int? {
    if members.count > JSONObject.searchLimit { return positions[UTF8Key(name)] }
    let key = UTF8Key(name)
    return members.firstIndex { UTF8Key($0.name) == key }
  }
}

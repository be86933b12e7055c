/// Bounds that keep a hostile or damaged object from costing more than it is worth.
package enum CanonicalLimits {
  /// The longest canonical text of an object, 16 MiB: room for the manifest of a model of half a
  /// million chunks (2 TB).
  package static let objectBytes = 16 << 20
  /// The most parents of a commit.
  package static let parents = 64
  /// The longest token, in bytes.
  package static let tokenBytes = 64
  /// The most dimensions of a tensor.
  package static let dimensions = 8
}

/// A ledger object: a value with exactly one text, whose SHA-256 is its name.
///
/// The text opens with the line `rledit TYPE`. Then follow the type's fields, in one fixed order,
/// one a line: the field's name and its values, parted by single spaces and ended by a line feed.
/// A field that may be absent is left out; one that may repeat stands once for each element.
/// ``CanonicalWriter`` and ``CanonicalReader`` define the spelling of values.
package protocol CanonicalObject: Hashable, Sendable {
  /// The type's name in the first line.
  static var typeName: String { get }
  /// Writes the fields, in order.
  func write(to writer: inout CanonicalWriter)
  /// Reads the fields, in order.
  ///
  /// - Throws: ``ObjectModelError/malformed(type:line:reason:)``.
  init(from reader: inout CanonicalReader) throws
  /// Checks the rules which the form of the text does not hold by itself.
  ///
  /// - Throws: ``ObjectModelError/invalid(type:reason:)``.
  func validate() throws
}

/// An object's canonical text with its name.
package struct EncodedObject<Kind: CanonicalObject>: Sendable {
  package let id: ObjectID<Kind>
  package let text: [UInt8]
}

extension CanonicalObject {
  /// The canonical text and the name of this object.
  ///
  /// - Throws: ``ObjectModelError/invalid(type:reason:)`` where the object breaks a rule of its
  ///   type, ``ObjectModelError/tooLarge(type:byteCount:)``.
  /// - Complexity: O(length of the text).
  package func encoded() throws -> EncodedObject<Self> {
    try validate()
    let text = canonicalText
    guard text.count <= CanonicalLimits.objectBytes else {
      throw ObjectModelError.tooLarge(type: Self.typeName, byteCount: text.count)
    }
    return EncodedObject(id: text.withUnsafeBytes { ObjectID(ofText: $0) }, text: text)
  }

  /// The object with this canonical text.
  ///
  /// Strict: a text that is not, byte for byte, what the decoded object encodes to is refused, so
  /// that no two texts mean the same object.
  ///
  /// - Throws: ``ObjectModelError/malformed(type:line:reason:)``,
  ///   ``ObjectModelError/invalid(type:reason:)``, ``ObjectModelError/tooLarge(type:byteCount:)``.
  /// - Complexity: O(length of the text).
  package static func decode(_ text: [UInt8]) throws -> Self {
    guard text.count <= CanonicalLimits.objectBytes else {
      throw ObjectModelError.tooLarge(type: typeName, byteCount: text.count)
    }
    var reader = CanonicalReader(type: typeName, text: text)
    try reader.header()
    let object = try Self(from: &reader)
    try reader.end()
    try object.validate()
    let again = object.canonicalText
    guard again == text else {
      throw ObjectModelError.malformed(
        type: typeName, line: firstDifferingLine(again, text), reason: "not in canonical form")
    }
    return object
  }

  /// The canonical text, whatever its length and whether or not the object keeps its type's rules.
  var canonicalText: [UInt8] {
    var writer = CanonicalWriter(type: Self.typeName)
    write(to: &writer)
    return writer.text
  }

  /// An error of the rules of this type.
  package func invalid(_ reason: String) -> ObjectModelError {
    .invalid(type: Self.typeName, reason: reason)
  }
}

private func firstDifferingLine(_ canonical: [UInt8], _ text: [UInt8]) -> Int {
  var line = 1
  for (expected, found) in zip(canonical, text) {
    if expected != found { break }
    if expected == UInt8(ascii: "\n") { line += 1 }
  }
  return line
}

/// The type named in the first line of a canonical text, or `nil` where it has no such line.
///
/// It lets whoever walks all objects of a store choose how to decode each.
package func canonicalTypeName(of text: UnsafeRawBufferPointer) -> String? {
  let prefix = Array("rledit ".utf8)
  guard text.starts(with: prefix) else { return nil }
  let name = text.dropFirst(prefix.count).prefix(CanonicalLimits.tokenBytes + 1)
    .prefix { $0 != UInt8(ascii: "\n") }
  guard name.endIndex < text.endIndex, text[name.endIndex] == UInt8(ascii: "\n") else { return nil }
  let token = String(decoding: name, as: UTF8.self)
  return isCanonicalToken(token) ? token : nil
}

/// Whether `text` may stand in an object as a bare word: 1 to 64 ASCII letters, digits, `-`, `_`
/// and `.`.
package func isCanonicalToken(_ text: String) -> Bool {
  (1...CanonicalLimits.tokenBytes).contains(text.utf8.count)
    && text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
        UInt8(ascii: "."):
        true
      default: false
      }
    }
}

/// Whether `left` comes before `right` in the order of their UTF-8 bytes, the order of all sorted
/// names: unlike `String`'s own it does not depend on the Unicode version.
package func precedesInUTF8(_ left: String, _ right: String) -> Bool {
  left.utf8.lexicographicallyPrecedes(right.utf8)
}

/// The full name of a reference, such as `HEAD` or `refs/heads/main`: 1 to 255 bytes of UTF-8
/// without spaces and control characters. Names compare by their bytes.
package struct ReferenceName: Hashable, Comparable, Sendable, CustomStringConvertible {
  package static let maximumBytes = 255

  package let text: String

  /// The name `text`, or `nil` where that cannot be one.
  package init?(_ text: String) {
    guard (1...Self.maximumBytes).contains(text.utf8.count),
      text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f })
    else { return nil }
    self.text = text
  }

  package var description: String { text }

  package static func == (left: Self, right: Self) -> Bool {
    left.text.utf8.elementsEqual(right.text.utf8)
  }

  package static func < (left: Self, right: Self) -> Bool {
    left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
  }

  package func hash(into hasher: inout Hasher) {
    for byte in text.utf8 { hasher.combine(byte) }
  }
}

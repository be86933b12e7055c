/// What people call the holder of a key: text on one line.
package enum SignerName {
  /// The longest name, in bytes of UTF-8.
  package static let maximumBytes = 255

  /// Whether `name` may stand behind a key: 1 to 255 bytes, no control characters, no space at an end.
  package static func isUsable(_ name: String) -> Bool {
    (1...maximumBytes).contains(name.utf8.count)
      && name.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f }
      && name.utf8.first != 0x20 && name.utf8.last != 0x20
  }
}

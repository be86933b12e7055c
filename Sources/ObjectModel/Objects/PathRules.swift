/// What may become part of a path although it came from elsewhere.
enum PathRules {
  /// The longest name that file systems take, in bytes.
  private static let maximumNameBytes = 255

  /// Whether `name` is one part of a path and stays in its directory: 1 to 255 bytes, neither `.` nor `..`,
  /// no `/`, no control characters.
  static func isFileName(_ name: String) -> Bool {
    (1...maximumNameBytes).contains(name.utf8.count) && name != "." && name != ".."
      && name.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f && $0 != UInt8(ascii: "/") }
  }

  /// Whether `path` is such names with `/` between them.
  static func isPathBelow(_ path: String) -> Bool {
    path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
      isFileName(String($0))
    }
  }
}

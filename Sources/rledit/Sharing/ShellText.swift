/// Texts for shells.
enum ShellText {
  /// One word of a shell's command line, whatever is in it.
  static func quoted(_ text: String) -> String {
    "'" + text.replacing("'", with: #"'\''"#) + "'"
  }

  /// As ``quoted(_:)``, but bare where that does no harm.
  static func word(_ text: String) -> String {
    let isHarmless =
      !text.isEmpty
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"):
          true
        default: "/.:@_-+%".utf8.contains(byte)
        }
      }
    return isHarmless ? text : quoted(text)
  }

  /// As ``quoted(_:)``, but for `~/` at the beginning, which stays the home directory.
  static func program(_ text: String) -> String {
    text.hasPrefix("~/") ? "~/" + quoted(String(text.dropFirst(2))) : quoted(text)
  }
}

/// Texts for shells.
enum ShellText {
  /// One word of a shell's command line, whatever is in it.
  static func quoted(_ text: String) -> String {
    "'" + text.replacing("'", with: #"'\''"#) + "'"
  }

  /// As ``quoted(_:)``, but for `~/` at the beginning, which stays the home directory.
  static func program(_ text: String) -> String {
    text.hasPrefix("~/") ? "~/" + quoted(String(text.dropFirst(2))) : quoted(text)
  }
}

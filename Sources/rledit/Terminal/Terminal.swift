import Glibc

/// When text is coloured.
enum ColourChoice: String, CaseIterable, Sendable {
  case auto
  case always
  case never
}

/// Where the program talks to its user: results on standard output, everything else (notes, progress)
/// on standard error.
struct Terminal: Sendable {
  /// Whether styles are shown.
  let showsStyles: Bool
  /// Whether progress is drawn: only where somebody watches standard error.
  let showsProgress: Bool

  init(colour: ColourChoice = .auto) {
    switch colour {
    case .always: showsStyles = true
    case .never: showsStyles = false
    case .auto:
      // https://no-color.org: set to anything but the empty string.
      let forbidden = Environment.value("NO_COLOR") != nil
      showsStyles =
        !forbidden && isatty(STDOUT_FILENO) != 0 && Environment.value("TERM") != "dumb"
    }
    showsProgress = StandardError.isTerminal && Environment.value("TERM") != "dumb"
  }

  /// Prints one line of the result, without what would steer the terminal (``VisibleText``).
  ///
  /// - Throws: ``CommandError/brokenPipe``, ``CommandError/outputFailed(errno:)``.
  func print(_ line: String = "") throws {
    try StandardOutput.shared.write(VisibleText.of(line, keepsStyles: showsStyles) + "\n")
  }

  /// Prints part of a line of the result, as for tokens that come one by one; throws as
  /// ``print(_:)``.
  func printPart(_ text: String) throws {
    try StandardOutput.shared.write(VisibleText.of(text, keepsStyles: showsStyles))
    try StandardOutput.shared.flush()
  }

  /// Tells the user something that is no part of the result.
  func note(_ line: String) {
    try? StandardOutput.shared.flush()
    StandardError.write("\(VisibleText.of(line, keepsStyles: showsStyles))\n")
  }

  /// Warns the user.
  func warn(_ line: String) { note("warning: \(line)") }

  func styled(_ text: String, _ style: Style) -> String {
    showsStyles ? "\u{1b}[\(style.rawValue)m\(text)\u{1b}[0m" : text
  }

  /// How text is set apart: the parameter of the terminal's "select graphic rendition".
  enum Style: String {
    case bold = "1"
    case faint = "2"
    case red = "31"
    case green = "32"
    case yellow = "33"
    case blue = "34"
    case cyan = "36"
  }
}

/// Environment variables; one that is set to nothing counts as unset.
enum Environment {
  static func value(_ name: String) -> String? {
    guard let text = getenv(name) else { return nil }
    let value = String(cString: text)
    return value.isEmpty ? nil : value
  }
}

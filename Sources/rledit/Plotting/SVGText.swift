/// An SVG image being written, element by element.
struct SVGText {
  private(set) var text: String
  private var open: [String] = []

  /// Begins an image of that size, in pixels.
  init(width: Int, height: Int) {
    text = """
      <?xml version="1.0" encoding="UTF-8"?>
      <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" \
      viewBox="0 0 \(width) \(height)">

      """
    open = ["svg"]
  }

  /// Writes an element with what `content` writes into it.
  mutating func group(
    _ name: String, _ attributes: [(String, String)], _ content: (inout SVGText) -> Void
  ) {
    text += indentation + "<\(name)\(Self.list(attributes))>\n"
    open.append(name)
    content(&self)
    open.removeLast()
    text += indentation + "</\(name)>\n"
  }

  /// Writes an element that holds a text, or nothing.
  mutating func element(
    _ name: String, _ attributes: [(String, String)] = [], text content: String? = nil
  ) {
    let start = indentation + "<\(name)\(Self.list(attributes))"
    text += content.map { "\(start)>\(Self.escaped($0))</\(name)>\n" } ?? "\(start)/>\n"
  }

  /// The finished image.
  var finished: String { text + "</svg>\n" }

  /// A length or a place, to a hundredth of a pixel.
  static func number(_ value: Double) -> String {
    let text = Quantity.fixed(value, 2)
    return text == "-0.00" ? "0.00" : text
  }

  /// A text as XML holds it. Characters that XML has no place for, even escaped, become U+FFFD.
  static func escaped(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "\t", "\n", "\r": escaped += "&#\(scalar.value);"
      case "\u{0}"..."\u{1f}", "\u{fffe}", "\u{ffff}": escaped += "\u{fffd}"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }

  private var indentation: String { String(repeating: "  ", count: open.count) }

  private static func list(_ attributes: [(String, String)]) -> String {
    attributes.map { " \($0)=\"\(escaped($1))\"" }.joined()
  }
}

import Editing

extension HelpTopics {
  /// The editing methods and their settings.
  static var methodTable: String {
    let methods = EditorCatalogue.methods.map { method in
      ([heading(method)] + method.settings.map(line)).joined(separator: "\n")
    }
    return (["Editing methods, for --method, and their settings, for --set NAME=VALUE:"] + methods)
      .joined(separator: "\n\n")
  }

  private static func heading(_ method: EditingMethod) -> String {
    let covariance = method.needsCovariance ? "\n  needs --covariance" : ""
    return "\(method.name): \(method.summary)\(covariance)"
  }

  private static func line(_ setting: MethodSetting) -> String {
    let name = setting.name.padding(to: 22)
    let standard = setting.kind == .text ? Wording.quoted(setting.standard) : setting.standard
    return "  \(name)\(setting.summary)\n"
      + String(repeating: " ", count: 24) + "\(setting.kind.range); \(standard) by default"
  }
}

extension String {
  /// The text with spaces behind it, `width` characters long at least.
  fileprivate func padding(to width: Int) -> String {
    self + String(repeating: " ", count: max(1, width - count))
  }
}

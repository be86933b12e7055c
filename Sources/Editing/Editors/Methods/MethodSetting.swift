import ObjectModel
package import Tensors

/// A setting of an editing method: its name in recipes and on the command line, and what it takes.
package struct MethodSetting: Sendable {
  /// What a value must be.
  package enum Kind: Sendable, Equatable {
    /// A binary32 number.
    case single(Bounds)
    /// A binary64 number.
    case number(Bounds)
    case count(ClosedRange<Int>)
    /// One of some words, whatever the case of their letters.
    case choice([String])
    case text
  }

  /// Which numbers are allowed; all of them are finite.
  package enum Bounds: Sendable, Equatable {
    case above(Double)
    case atLeast(Double)
    case within(ClosedRange<Double>)
  }

  package let name: String
  package let kind: Kind
  /// The standard value, as recipes spell it.
  package let standard: String
  /// What a recipe means that does not list it, since it was made before there was the setting; `nil` where
  /// every recipe lists it.
  package let unlisted: String?
  /// What it does, as a half-sentence without a full stop.
  package let summary: String

  package init(
    _ name: String, _ kind: Kind, standard: String, unlisted: String? = nil, _ summary: String
  ) {
    self.name = name
    self.kind = kind
    self.standard = standard
    self.unlisted = unlisted
    self.summary = summary
  }

  /// What a recipe says of it, by listing it or by not listing it; `nil` where it had to.
  func value(in recipe: Recipe) -> String? {
    recipe.parameters.first { $0.name == name }?.value ?? unlisted
  }

  /// The value that a text means, as recipes spell it.
  ///
  /// - Throws: ``EditingError/outOfRange(name:value:range:)``.
  package func canonical(_ text: String) throws -> String {
    if let spelt = kind.canonical(text) { return spelt }
    throw EditingError.outOfRange(name: name, value: text, range: kind.range)
  }

  /// How factors are stored.
  package static func factorType(standard: ElementType) -> MethodSetting {
    MethodSetting(
      "factor-type", .choice([ElementType.float32, .bfloat16, .float16].map(\.rawValue)),
      standard: standard.rawValue, "how factors are stored")
  }
}

extension MethodSetting.Bounds {
  package func contains(_ value: Double) -> Bool {
    guard value.isFinite else { return false }
    return switch self {
    case .above(let bound): value > bound
    case .atLeast(let bound): value >= bound
    case .within(let range): range.contains(value)
    }
  }

  /// As in `> 0` or `-80 … 80`.
  package var wording: String {
    func text(_ value: Double) -> String {
      Int(exactly: value).map(String.init) ?? "\(value)"
    }
    return switch self {
    case .above(let bound): "> \(text(bound))"
    case .atLeast(let bound): "≥ \(text(bound))"
    case .within(let range): "\(text(range.lowerBound)) … \(text(range.upperBound))"
    }
  }
}

extension MethodSetting.Kind {
  /// What the setting takes, in words.
  package var range: String {
    switch self {
    case .single(let bounds), .number(let bounds): "a number \(bounds.wording)"
    case .count(let range): "a whole number \(range.lowerBound) … \(range.upperBound)"
    case .choice(let words): words.joined(separator: ", ")
    case .text: "a text"
    }
  }

  func canonical(_ text: String) -> String? {
    switch self {
    case .single(let bounds):
      Float(text).flatMap { bounds.contains(Double($0)) ? "\($0)" : nil }
    case .number(let bounds):
      Double(text).flatMap { bounds.contains($0) ? "\($0)" : nil }
    case .count(let range):
      Int(text).flatMap { range.contains($0) ? "\($0)" : nil }
    case .choice(let words): words.first { $0.lowercased() == text.lowercased() }
    case .text: text
    }
  }
}

package import LanguageModel
package import ObjectModel
package import Tensors

/// The values of a recipe's settings, checked against what the method takes.
package struct MethodValues: Sendable {
  private let values: [String: String]
  /// The matrices to edit, in the recipe's order.
  package let places: [ProjectionPlace]

  /// - Throws: ``EditingError/badParameter(name:value:)`` for a setting that the recipe lacks, or a
  ///   matrix that it names twice or not at all; ``EditingError/outOfRange(name:value:range:)``;
  ///   ``EditingError/unknownModule(_:)`` for a matrix that the model lacks.
  package init(_ recipe: Recipe, of method: EditingMethod, for shape: DecoderShape) throws {
    var values: [String: String] = [:]
    for setting in method.settings {
      guard let value = setting.value(in: recipe) else {
        throw EditingError.badParameter(name: setting.name, value: nil)
      }
      values[setting.name] = try setting.canonical(value)
    }
    self.values = values
    places = try recipe.targetModules.map { name in
      guard let place = ProjectionPlace(weightName: name), place.layer < shape.layers else {
        throw EditingError.unknownModule(name)
      }
      return place
    }
    guard !places.isEmpty else { throw EditingError.badParameter(name: "modules", value: nil) }
    guard Set(places).count == places.count else {
      throw EditingError.badParameter(name: "modules", value: "a matrix is named twice")
    }
  }

  package func single(_ name: String) throws -> Float { try value(name) { Float($0) } }

  package func number(_ name: String) throws -> Double { try value(name) { Double($0) } }

  package func count(_ name: String) throws -> Int { try value(name) { Int($0) } }

  package func text(_ name: String) throws -> String { try value(name) { $0 } }

  package func elementType(_ name: String) throws -> ElementType {
    try value(name) { ElementType(rawValue: $0) }
  }

  /// A word that `read` understands.
  package func word<Value>(_ name: String, _ read: (String) -> Value?) throws -> Value {
    try value(name, read)
  }

  private func value<Value>(_ name: String, _ read: (String) -> Value?) throws -> Value {
    guard let text = values[name], let value = read(text) else {
      throw EditingError.badParameter(name: name, value: values[name])
    }
    return value
  }
}

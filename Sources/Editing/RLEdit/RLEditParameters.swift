package import LanguageModel
package import ObjectModel
package import Tensors

/// RLEdit's hyperparameters, as a recipe records them.
package struct RLEditParameters: Sendable, Equatable {
  /// The matrices to edit.
  package var places: [ProjectionPlace]
  /// η of the identity hypernetwork.
  package var stepSize: Float
  /// λ of the identity hypernetwork; the ridge is `e^λ`.
  package var logRidge: Float
  /// Steps taken on one batch at most, each with signals at the weights that the last one left.
  package var innerSteps: Int
  /// Steps end once every target token is the first choice and the mean loss is at most this.
  package var targetLoss: Double
  /// The weight of preserved keys against the batch's own.
  package var preserveWeight: Double
  /// The form in which factors are stored.
  package var factorType: ElementType

  package init(
    places: [ProjectionPlace], stepSize: Float, logRidge: Float, innerSteps: Int,
    targetLoss: Double, preserveWeight: Double, factorType: ElementType
  ) {
    self.places = places
    self.stepSize = stepSize
    self.logRidge = logRidge
    self.innerSteps = innerSteps
    self.targetLoss = targetLoss
    self.preserveWeight = preserveWeight
    self.factorType = factorType
  }

  /// What serves a model that nothing is known of, chosen on SmolLM2-135M with facts that no figure
  /// is reported on: gate and up projections of a seventh of the layers, four fifths of the way up.
  package static func standard(for shape: DecoderShape) -> RLEditParameters {
    let first = shape.layers * 4 / 5
    let count = max(1, shape.layers * 2 / 15)
    return RLEditParameters(
      places: (first..<min(shape.layers, first + count)).flatMap { layer in
        [.gate, .up].map { ProjectionPlace(layer: layer, projection: $0) }
      },
      stepSize: 1e-3, logRidge: 0, innerSteps: 12, targetLoss: 0.1, preserveWeight: 3,
      factorType: .bfloat16)
  }

  /// The parameters as a recipe's names and texts.
  package var recorded: [Recipe.Parameter] {
    [
      Recipe.Parameter(name: "step-size", value: "\(stepSize)"),
      Recipe.Parameter(name: "log-ridge", value: "\(logRidge)"),
      Recipe.Parameter(name: "inner-steps", value: "\(innerSteps)"),
      Recipe.Parameter(name: "target-loss", value: "\(targetLoss)"),
      Recipe.Parameter(name: "preserve-weight", value: "\(preserveWeight)"),
      Recipe.Parameter(name: "factor-type", value: factorType.rawValue),
    ]
  }

  /// - Throws: ``EditingError/badParameter(name:value:)`` and ``EditingError/unknownModule(_:)``.
  package init(recipe: Recipe) throws {
    let texts = Dictionary(
      recipe.parameters.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    func value<Value>(_ name: String, _ read: (String) -> Value?) throws -> Value {
      guard let text = texts[name], let value = read(text) else {
        throw EditingError.badParameter(name: name, value: texts[name])
      }
      return value
    }
    self.init(
      places: try recipe.targetModules.map { name in
        guard let place = ProjectionPlace(weightName: name) else {
          throw EditingError.unknownModule(name)
        }
        return place
      },
      stepSize: try value("step-size") { Float($0) },
      logRidge: try value("log-ridge") { Float($0) },
      innerSteps: try value("inner-steps") { Int($0) },
      targetLoss: try value("target-loss") { Double($0) },
      preserveWeight: try value("preserve-weight") { Double($0) },
      factorType: try value("factor-type") { ElementType(rawValue: $0) })
  }

  /// Checks the parameters against a model.
  ///
  /// - Throws: ``EditingError/unknownModule(_:)`` for a layer that the model does not have and
  ///   ``EditingError/badParameter(name:value:)`` for a number outside its range.
  package func check(for shape: DecoderShape) throws {
    guard !places.isEmpty else { throw EditingError.badParameter(name: "modules", value: nil) }
    for place in places where place.layer >= shape.layers {
      throw EditingError.unknownModule(place.weightName)
    }
    if Set(places).count < places.count {
      throw EditingError.badParameter(name: "modules", value: "a matrix is named twice")
    }
    guard stepSize.isFinite, stepSize > 0 else {
      throw EditingError.badParameter(name: "step-size", value: "\(stepSize)")
    }
    guard abs(logRidge) <= 80 else {
      throw EditingError.badParameter(name: "log-ridge", value: "\(logRidge)")
    }
    guard (1...1000).contains(innerSteps) else {
      throw EditingError.badParameter(name: "inner-steps", value: "\(innerSteps)")
    }
    guard targetLoss >= 0 else {
      throw EditingError.badParameter(name: "target-loss", value: "\(targetLoss)")
    }
    guard preserveWeight.isFinite, preserveWeight >= 0 else {
      throw EditingError.badParameter(name: "preserve-weight", value: "\(preserveWeight)")
    }
    guard [.float32, .bfloat16, .float16].contains(factorType) else {
      throw EditingError.badParameter(name: "factor-type", value: factorType.rawValue)
    }
  }
}

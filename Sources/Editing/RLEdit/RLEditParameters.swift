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
  /// The form in which factors are stored.
  package var factorType: ElementType

  package init(
    places: [ProjectionPlace], stepSize: Float, logRidge: Float, innerSteps: Int,
    targetLoss: Double, factorType: ElementType
  ) {
    self.places = places
    self.stepSize = stepSize
    self.logRidge = logRidge
    self.innerSteps = innerSteps
    self.targetLoss = targetLoss
    self.factorType = factorType
  }

  /// The parameters as a recipe's names and texts.
  package var recorded: [Recipe.Parameter] {
    [
      Recipe.Parameter(name: "step-size", value: "\(stepSize)"),
      Recipe.Parameter(name: "log-ridge", value: "\(logRidge)"),
      Recipe.Parameter(name: "inner-steps", value: "\(innerSteps)"),
      Recipe.Parameter(name: "target-loss", value: "\(targetLoss)"),
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
      factorType: try value("factor-type") { ElementType(rawValue: $0) })
  }
}

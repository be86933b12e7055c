package import LanguageModel
import ModelFiles
package import Tensors

/// The hyperparameters of RLEdit and its kin, as recipes record them.
package struct RLEditParameters: Sendable, Equatable {
  /// The setting that says whether curvature is read.
  package static let curvatureDampingName = "curvature-damping"

  /// The matrices to edit.
  package var places: [ProjectionPlace]
  /// How updates are made of what the hypernetwork gives.
  package var form = UpdateForm.leastSquares
  /// Where signals are taken.
  package var rows = EditedRows.answer
  /// Texts about the subject in which the target is given too.
  package var contexts: [String] = []
  /// η of the identity hypernetwork.
  package var stepSize: Float = 1e-3
  /// λ of the identity hypernetwork; the ridge is `e^λ`. Without effect where there is a memory.
  package var logRidge: Float = 0
  package var stepLength = StepLength.learned
  /// Steps taken on one batch at most, each with signals at the weights that the last one left.
  package var innerSteps = 12
  /// Steps end once every target token is the first choice and the mean loss is at most this; where
  /// steps seek their targets, for each record by itself.
  package var targetLoss = 0.1
  /// The weight of preserved keys against the batch's own.
  package var preserveWeight = 3.0
  /// The weight of earlier edits' keys; 0 keeps none.
  package var memoryWeight = 0.0
  /// The weight of the mean second moments of general keys.
  package var covarianceWeight = 0.0
  /// The ridge of the memory's metric, in units of the mean diagonal element of the weighted moments.
  package var covarianceRidge = 0.1
  /// The damping of the curvature at outputs, in units of its mean diagonal element; 0 takes every direction
  /// of outputs alike.
  package var curvatureDamping = 0.0
  /// The rank that a batch's update of a matrix is brought down to where it is above; 0 leaves it.
  package var rank = 0
  /// The form in which factors are stored.
  package var factorType = ElementType.bfloat16

  package init(places: [ProjectionPlace]) {
    self.places = places
  }

  /// The values of a recipe of one of the methods.
  ///
  /// - Throws: as ``MethodValues``, and ``EditingError/badParameter(name:value:)`` for contexts that are
  ///   not a list of texts, and for steps by loss in a rule without least squares.
  package init(_ values: MethodValues) throws {
    self.init(places: values.places)
    form = try values.word("rule") { UpdateForm(name: $0) }
    rows = try values.word("rows") { EditedRows(rawValue: $0) }
    contexts = try Self.contexts(values.text("contexts"))
    stepSize = try values.single("step-size")
    logRidge = try values.single("log-ridge")
    let fraction = try values.number("step-fraction")
    // It is told by the least squares, which outer products do without.
    guard fraction == 0 || form != .outerProduct else {
      throw EditingError.badParameter(
        name: "step-fraction", value: "\(fraction) with outer-product")
    }
    stepLength =
      fraction > 0
      ? .targetSeeking(fraction: fraction, trust: try values.number("step-trust")) : .learned
    innerSteps = try values.count("inner-steps")
    targetLoss = try values.number("target-loss")
    preserveWeight = try values.number("preserve-weight")
    memoryWeight = try values.number("memory-weight")
    covarianceWeight = try values.number("covariance-weight")
    covarianceRidge = try values.number("covariance-ridge")
    curvatureDamping = try values.number(Self.curvatureDampingName)
    rank = try values.count("rank")
    factorType = try values.elementType("factor-type")
  }

  /// Whether the least squares stand on a memory's metric.
  package var usesMemory: Bool { memoryWeight > 0 || covarianceWeight > 0 }

  /// Whether steps are scaled by the curvature at outputs, which outer products are not.
  package var dampsCurvature: Bool { curvatureDamping > 0 && form != .outerProduct }

  /// How many matrices there are of each shape.
  package func modules(of shape: DecoderShape) -> [WeightShape: Int] {
    var counts: [WeightShape: Int] = [:]
    for place in places {
      let size = shape.size(of: place.projection)
      counts[WeightShape(input: size.input, output: size.output), default: 0] += 1
    }
    return counts
  }

  /// The contexts as a JSON array.
  var contextsText: String { JSONValue.array(contexts.map { .string($0) }).text(indented: false) }

  /// A JSON array of texts.
  private static func contexts(_ text: String) throws -> [String] {
    guard
      let values = try? JSONValue.parse(Array(text.utf8), path: "contexts").arrayValue,
      case let texts = values.compactMap(\.stringValue), texts.count == values.count
    else { throw EditingError.badParameter(name: "contexts", value: text) }
    return texts
  }
}

extension UpdateForm {
  /// The names that recipes use.
  package static let names: [(name: String, form: UpdateForm)] = [
    ("least-squares", .leastSquares),
    ("least-squares-of-normalised-keys", .leastSquaresOfNormalizedKeys),
    ("leverage", .leverage), ("outer-product", .outerProduct),
  ]

  package init?(name: String) {
    guard let found = Self.names.first(where: { $0.name == name }) else { return nil }
    self = found.form
  }
}

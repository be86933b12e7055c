import LanguageModel
import ModelStore
import Tensors

/// What MEMIT and AlphaEdit have in common (Meng et al. 2023, section 4.3): target vectors are found at
/// the last of a few layers, and every layer's down projection takes its share of the way there.
///
///     z = h + δ, the wanted stream after the last layer at the subjects' last tokens
///     layer by layer, of k: K the keys there, h' the stream reached; R = (z − h')/(k − i)
///     U, V from K and R; quantised, and applied before the next layer's keys are read
struct ResidualSpreading {
  /// Down projections, one a layer, ascending.
  let places: [ProjectionPlace]
  let targets: TargetVectors
  let contexts: Int
  let essence: String
  let factorType: ElementType
  let encoding: TextEncoding?

  /// What a method makes of a layer's keys: the keys that enter the update, and `K·M⁻¹`.
  typealias Weighting = (_ place: ProjectionPlace, _ keys: Matrix) throws -> (
    keys: DoubleMatrix, weighted: DoubleMatrix
  )

  /// - Throws: ``EditingError/unsuitableModules(method:wanted:)`` and as
  ///   ``MethodValues/single(_:)``.
  init(_ values: MethodValues, method: String, encoding: TextEncoding?) throws {
    places = values.places
    let layers = places.map(\.layer)
    guard places.allSatisfy({ $0.projection == .down }),
      zip(layers, layers.dropFirst()).allSatisfy({ $0 < $1 })
    else {
      throw EditingError.unsuitableModules(
        method: method, wanted: "down projections in ascending order")
    }
    targets = TargetVectors(
      parameters: .init(
        layer: layers.last ?? 0, rate: try values.number("learning-rate"),
        steps: try values.count("steps"), targetLoss: try values.number("target-loss"),
        divergenceWeight: try values.number("divergence-weight"),
        decay: try values.number("decay"), normLimit: try values.number("norm-limit")))
    contexts = try values.count("contexts")
    essence = try values.text("essence")
    factorType = try values.elementType("factor-type")
    self.encoding = encoding
  }

  /// The settings that both methods have.
  static let settings = [
    MethodSetting(
      "learning-rate", .number(.above(0)), standard: "0.5", "Adam's step for target vectors"),
    MethodSetting("steps", .count(1...1000), standard: "25", "steps for target vectors at most"),
    MethodSetting(
      "target-loss", .number(.atLeast(0)), standard: "0.05",
      "stop an edit's steps below this loss"),
    MethodSetting(
      "divergence-weight", .number(.atLeast(0)), standard: "0.0625",
      "the weight of the divergence at the essence prompt"),
    MethodSetting(
      "decay", .number(.atLeast(0)), standard: "0.5", "the weight of a target vector's length"),
    MethodSetting(
      "norm-limit", .number(.above(0)), standard: "0.75",
      "the longest target vector, in lengths of the stream"),
    MethodSetting(
      "contexts", .count(0...SubjectPrompts.contexts.count), standard: "0",
      "texts that prompts are also put behind"),
    MethodSetting(
      "essence", .text, standard: " is a", "what follows the subject in the essence prompt"),
    .factorType(standard: .float32),
  ]

  /// The down projections of a sixth of the layers, from a sixth of the way up.
  static let standardPlaces: @Sendable (DecoderShape) -> [ProjectionPlace] = { shape in
    let first = shape.layers / 6
    let count = max(1, shape.layers / 6)
    return (first..<min(shape.layers, first + count)).map {
      ProjectionPlace(layer: $0, projection: .down)
    }
  }

  /// Edits a batch.
  ///
  /// - Parameters:
  ///   - memory: the keys to be remembered of the batch, asked for when all layers are done.
  ///   - weighting: called once for each place, in order.
  func edit(
    _ edits: [TokenizedEdit], decoder: Decoder, weights: EditedWeights,
    memory: () -> EditMemory = { EditMemory() }, weighting: Weighting
  ) throws -> EditOutcome {
    let batch = try EditBatch(edits)
    let before = try decoder.over(weights).score(batch.labelled)
    try before.checkFinite(steps: 0)
    let prompts = SubjectPrompts(
      edits, contexts: contexts, essence: essence, encoding: encoding)
    let found = try targets.optimize(edits, prompts, decoder: decoder.over(weights))
    // What the model knows already wants no change.
    guard found.steps > 0 else {
      return EditOutcome(
        updates: [], weights: weights, contribution: EditContribution(),
        lossBefore: before.meanLoss, lossAfter: before.meanLoss,
        efficacyBefore: before.efficacy, efficacyAfter: before.efficacy, steps: 0)
    }
    var wanted: Matrix?
    var current = weights
    var updates: [LowRankUpdate] = []
    for (index, place) in places.enumerated() {
      try Task.checkCancellation()
      let (keys, stream) = try readings(of: prompts, at: place, decoder.over(current))
      let goal = wanted ?? Self.sum(stream, found.shifts)
      wanted = goal
      let share = Float(places.count - index)
      var residuals = goal
      for number in residuals.elements.indices {
        residuals.elements[number] =
          (goal.elements[number] - stream.elements[number]) / share
      }
      let (entering, weighted) = try weighting(place, keys)
      guard
        let update = KeyedUpdate(
          keys: entering, weighted: weighted, residuals: residuals, compute: decoder.compute)
      else { throw EditingError.singularSystem(module: place.weightName) }
      let stored = try LowRankUpdate(
        tensor: place.weightName, u: StoredFactor(quantizing: update.u, as: factorType),
        v: StoredFactor(quantizing: update.v, as: factorType))
      updates.append(stored)
      current = try current.applying([stored])
    }
    let after = try decoder.over(current).score(batch.labelled)
    try after.checkFinite(steps: found.steps)
    return EditOutcome(
      updates: updates, weights: current, contribution: EditContribution(memory: memory()),
      lossBefore: before.meanLoss, lossAfter: after.meanLoss, efficacyBefore: before.efficacy,
      efficacyAfter: after.efficacy, steps: found.steps)
  }

  /// The keys at the subjects' last tokens, averaged over an edit's prompts, and the stream after the
  /// last layer there in the prompts themselves.
  private func readings(
    of prompts: SubjectPrompts, at place: ProjectionPlace, _ decoder: Decoder
  ) throws -> (keys: Matrix, stream: Matrix) {
    let last = places.last?.layer ?? place.layer
    let each = prompts.prompts[0].count
    let (keys, stream) = try decoder.readings(
      of: prompts.prompts.flatMap { $0 }.map { ($0.tokens, $0.subjectEnd) },
      at: place.keyPlace, after: last)
    let own = stride(from: 0, to: keys.rows, by: each)
    var means = keys.gathering(rows: Array(own))
    guard each > 1 else { return (means, stream) }
    for (row, first) in own.enumerated() {
      for column in 0..<keys.columns {
        let sum = (first..<first + each).reduce(Float(0)) { $0 + keys[$1, column] }
        means[row, column] = sum / Float(each)
      }
    }
    return (means, stream.gathering(rows: Array(own)))
  }

  private static func sum(_ a: Matrix, _ b: Matrix) -> Matrix {
    var sum = a
    for index in sum.elements.indices { sum.elements[index] += b.elements[index] }
    return sum
  }
}

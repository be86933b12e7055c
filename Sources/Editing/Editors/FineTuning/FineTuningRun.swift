import LanguageModel
import ModelStore
import Tensors

/// One batch of fine-tuning under way.
struct FineTuningRun {
  let places: [ProjectionPlace]
  let labelled: LabelledBatch
  /// The residual stream that reaches the lowest edited layer: no step changes that.
  let input: Matrix
  let decoder: Decoder
  /// The weights before the batch.
  let weights: EditedWeights
  /// Steps at most, and the loss at which they end.
  let steps: Int
  let targetLoss: Double

  /// What the steps came to.
  struct Result {
    let updates: [LowRankUpdate]
    let steps: Int
  }

  private var compute: Compute { decoder.compute }

  /// Scores the batch at some weights.
  ///
  /// - Throws: ``EditingError/diverged(steps:)`` and the errors of the model.
  func score(_ weights: any WeightProvider, steps: Int) throws -> ScoredPass {
    try Task.checkCancellation()
    let scored = try decoder.over(weights).score(
      labelled, signalsAt: places, input: input)
    try scored.checkFinite(steps: steps)
    return scored
  }

  /// Plain gradient steps as the factors that they are.
  func factored(
    from before: ScoredPass, rate: Float, factorType: ElementType
  ) throws -> Result {
    var gathered = StepFactors()
    var updates: [LowRankUpdate] = []
    var scored = before
    var current = weights
    while gathered.count < steps, !scored.isDone(at: targetLoss) {
      let signals = try decoder.over(current).signals(of: scored, at: places, rows: .all)
      gathered.append(
        signals.mapValues { signal in
          var u = signal.outputGradients.transposed
          for index in u.elements.indices { u.elements[index] *= -rate }
          return RLEditRule.Factors(u: u, v: signal.keys)
        })
      updates = try gathered.updates(of: places, as: factorType)
      current = try weights.applying(updates)
      scored = try score(current, steps: gathered.count)
    }
    return Result(updates: updates, steps: gathered.count)
  }

  /// Steps on copies of the matrices, whose change is approximated when they end.
  func dense(
    from before: ScoredPass, optimizer: FineTuning.Optimizer, rate: Double, rank: Int,
    radius: Float?, factorType: ElementType
  ) throws -> Result {
    let copies = try DenseWeights(
      copying: places.map(\.weightName), of: weights, compute: compute)
    var moments: [ProjectionPlace: Adam] = [:]
    var scored = before
    var taken = 0
    while taken < steps, !scored.isDone(at: targetLoss) {
      let signals = try decoder.over(copies).signals(of: scored, at: places, rows: .all)
      for place in places {
        guard let signal = signals[place], let numbers = copies.numbers(of: place.weightName)
        else { throw EditingError.unknownModule(place.weightName) }
        let gradient = compute.product(transposed: signal.outputGradients, signal.keys).elements
        switch optimizer {
        case .adam:
          var adam = moments.removeValue(forKey: place) ?? Adam(rate: rate, count: numbers.count)
          adam.step(numbers, gradient: gradient, compute: compute)
          moments[place] = adam
        case .gradient:
          for index in numbers.indices { numbers[index] -= Float(rate) * gradient[index] }
        }
        if let radius { try copies.clamp(place.weightName, within: radius, compute: compute) }
      }
      taken += 1
      scored = try score(copies, steps: taken)
    }
    var updates: [LowRankUpdate] = []
    for place in places where taken > 0 {
      try Task.checkCancellation()
      let change = try copies.change(of: place.weightName, compute: compute)
      guard let parts = LowRankApproximation(change, rank: rank, compute: compute) else {
        throw EditingError.diverged(steps: taken)
      }
      guard parts.u.columns > 0 else { continue }
      let update = try stored(parts, of: place, radius: radius, factorType: factorType)
      updates.append(update)
    }
    return Result(updates: updates, steps: taken)
  }

  /// The factors in stored form. The approximation of a change within the radius may overstep it
  /// here and there; then the rows of the left factor that do are scaled down until what is applied
  /// does not.
  private func stored(
    _ parts: LowRankApproximation, of place: ProjectionPlace, radius: Float?,
    factorType: ElementType
  ) throws -> LowRankUpdate {
    var u = parts.u
    let v = try StoredFactor(quantizing: parts.v, as: factorType)
    while true {
      let update = try LowRankUpdate(
        tensor: place.weightName, u: StoredFactor(quantizing: u, as: factorType), v: v)
      guard let radius else { return update }
      let reached = try weights.applying([update]).largestChanges(
        of: place.weightName, from: weights, compute: compute)
      let overstepping = reached.indices.filter { reached[$0] > radius }
      guard !overstepping.isEmpty else { return update }
      for row in overstepping {
        // Within what quantisation moves, so that few rounds are enough.
        let factor = radius / reached[row] * (1 - 0x1p-7)
        for column in 0..<u.columns { u[row, column] *= factor }
      }
    }
  }
}

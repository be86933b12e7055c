package import LanguageModel
package import Tensors

/// What training lowers at each step of a trajectory, the negative of RLEdit's reward (Li et al. 2025):
///
///     Σ_{i=0..k} μⁱ (CE(rephrasings of batch t−i; Wₜ) + c·KL(p_before ‖ p_Wₜ) on its unrelated prompts)
///       + ρ‖ΔW‖²_F
///
/// CE is the mean over a group's scored tokens, KL the mean over its scored tokens of the divergence over
/// the vocabulary, groups are summed. `ΔW` is the step's own update of all matrices.
package struct LookBackObjective: Sendable, Equatable {
  /// k: batches looked back at.
  package var lookBack: Int
  /// μ: the weight of a batch against that of the one after it.
  package var decay: Double
  /// c.
  package var localityWeight: Double
  /// ρ.
  package var regularization: Double

  package init(lookBack: Int, decay: Double, localityWeight: Double, regularization: Double) {
    self.lookBack = lookBack
    self.decay = decay
    self.localityWeight = localityWeight
    self.regularization = regularization
  }

  /// The parts of the objective at one step, and the gradient with respect to the step's factors.
  package struct Value: Sendable {
    /// `Σ μⁱ CE`.
    package var rephrasingLoss = 0.0
    /// `c Σ μⁱ KL`.
    package var localityLoss = 0.0
    /// `ρ‖ΔW‖²_F`.
    package var regularizationLoss = 0.0
    /// The batch's own cross-entropy and divergence (i = 0), unweighted.
    package var own = (rephrasing: 0.0, divergence: 0.0)

    package var total: Double { rephrasingLoss + localityLoss + regularizationLoss }
  }

  /// Evaluates the objective at the weights that `updates` have led to.
  ///
  /// - Parameters:
  ///   - window: the probes of the batches looked at, the newest first, each with its references.
  ///   - observe: called with the signals of every row of a batch, weighted and ready to be summed.
  /// - Returns: the losses, and for each batch the logits at these weights of its unrelated answers;
  ///   `nil` for a batch without probes. The passes themselves take far more room and are let go.
  package func evaluate(
    _ window: [RewardProbes], model: Decoder, places: [ProjectionPlace],
    observe: ([ProjectionPlace: ProjectionSignals]) throws -> Void
  ) throws -> (value: Value, unrelatedLogits: [[Matrix]?]) {
    var value = Value()
    var unrelatedLogits: [[Matrix]?] = []
    var weight = 1.0
    for (age, probes) in window.prefix(lookBack + 1).enumerated() {
      try Task.checkCancellation()
      defer { weight *= decay }
      guard !probes.isEmpty else {
        unrelatedLogits.append(nil)
        continue
      }
      let pass = try probes.run(model)
      let (losses, dLogits) = self.losses(of: pass, probes, weight: weight, model.compute)
      value.rephrasingLoss += weight * losses.rephrasing
      value.localityLoss += weight * localityWeight * losses.divergence
      if age == 0 { value.own = losses }
      try observe(try model.signals(of: pass, dLogits: dLogits, at: places, rows: .all))
      unrelatedLogits.append(probes.unrelatedLogits(of: pass))
    }
    return (value, unrelatedLogits)
  }

  /// A batch's cross-entropy and divergence, summed over groups, and the gradient of its weighted part
  /// of the objective with respect to its logits.
  private func losses(
    of pass: ScoredPass, _ probes: RewardProbes, weight: Double, _ compute: Compute
  ) -> ((rephrasing: Double, divergence: Double), Matrix) {
    var losses = (rephrasing: 0.0, divergence: 0.0)
    var dLogits = pass.logits.zeros
    for (group, reference) in zip(probes.groups, probes.references) {
      if !group.rephrasings.isEmpty {
        let rows = Array(group.rephrasings)
        losses.rephrasing += pass.tokenLosses[group.rephrasings].reduce(0, +) / Double(rows.count)
        dLogits.set(
          compute.crossEntropyGradient(
            pass.logits.gathering(rows: rows), targets: rows.map { probes.labelled.targets[$0] },
            weights: .init(repeating: Float(weight / Double(rows.count)), count: rows.count)),
          row: group.rephrasings.lowerBound, column: 0)
      }
      if !group.unrelated.isEmpty {
        let rows = Array(group.unrelated)
        let (divergences, gradient) = compute.divergence(
          pass.logits.gathering(rows: rows), from: reference,
          weights: .init(
            repeating: Float(weight * localityWeight / Double(rows.count)), count: rows.count))
        losses.divergence += divergences.reduce(0, +) / Double(rows.count)
        dLogits.set(gradient, row: group.unrelated.lowerBound, column: 0)
      }
    }
    return (losses, dLogits)
  }
}

/// How far a step goes.
package enum StepLength: Sendable, Equatable {
  /// As far as the hypernetworks' step sizes say.
  case learned
  /// As far as it takes to bring each record's loss down by a fraction of itself, by the loss's linear
  /// model (Polyak 1969): with `ΔY` the change of a matrix's outputs under the unscaled step and `G` the
  /// gradients there, the predicted decrease of a record is `p = −Σ ΔY∘G` over its rows in all matrices,
  /// and its rows of `D` are scaled by `fraction·loss/max(p, floor·s)`, where `s` is the decrease that its
  /// rows would have by themselves. Records whose target is reached are left where they are.
  case targetSeeking(fraction: Double)

  /// Where records get in each other's way the step is at most so much longer than alone.
  static let floor = 0.3
}

/// The records that rows belong to, and how far each is from its target.
package struct RowRecords: Sendable {
  /// The record of each row.
  package let record: [Int]
  /// The loss of each record; 0 where its target is reached.
  package let losses: [Double]

  package init(record: [Int], losses: [Double]) {
    self.record = record
    self.losses = losses
  }

  /// The factor on each record's rows of `D`, from the predicted decreases.
  func factors(fraction: Double, predicted: [Double], alone: [Double]) -> [Float] {
    losses.indices.map { record in
      let decrease = max(predicted[record], StepLength.floor * alone[record], 1e-9)
      return Float(fraction * losses[record] / decrease)
    }
  }
}

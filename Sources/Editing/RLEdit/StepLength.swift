/// How far a step goes.
package enum StepLength: Sendable, Equatable {
  /// As far as the hypernetworks' step sizes say.
  case learned
  /// As far as it takes to bring each record's loss down by a fraction of itself, by the loss's linear
  /// model (Polyak 1969): with `ΔY` the change of a matrix's outputs under the unscaled step and `G` the
  /// gradients there, the predicted decrease of a record is `p = −Σ ΔY∘G` over its rows in all matrices,
  /// and its rows of `D` are scaled by `fraction·loss/max(p, floor·s)`, where `s` is the decrease that its
  /// rows would have by themselves. Records whose target is reached are left where they are.
  ///
  /// - Parameters:
  ///   - fraction: of the loss.
  ///   - trust: no record's rows of `D`, of all matrices, become longer in the Euclidean norm than so many
  ///     times the median of the records' in the batch's first step; 0 sets no bound.
  case targetSeeking(fraction: Double, trust: Double)

  /// Where records get in each other's way the step is at most so much longer than alone.
  static let floor = 0.3
}

/// The records that rows belong to, and how far each is from its target.
package struct RowRecords: Sendable {
  /// The record of each row.
  package let record: [Int]
  /// The loss of each record; 0 where its target is reached.
  package let losses: [Double]
  /// The norm that a record's rows of `D` may have; `nil` in a batch's first step, which sets it.
  package let longest: Double?

  package init(record: [Int], losses: [Double], longest: Double? = nil) {
    self.record = record
    self.losses = losses
    self.longest = longest
  }

  /// The factor on each record's rows of `D`, from the predicted decreases, and the norm that bounds
  /// later steps.
  ///
  /// - Parameter norms: of each record's unscaled rows.
  func factors(
    fraction: Double, trust: Double, predicted: [Double], alone: [Double], norms: [Double]
  ) -> (factors: [Float], longest: Double) {
    let free = losses.indices.map { record in
      let decrease = max(predicted[record], StepLength.floor * alone[record], 1e-9)
      return fraction * losses[record] / decrease
    }
    guard trust > 0 else { return (free.map { Float($0) }, .infinity) }
    // The lower median of the records that move.
    let lengths = zip(free, norms).map { $0 * $1 }
    let moved = lengths.filter { $0 > 0 }.sorted()
    let longest = longest ?? (moved.isEmpty ? .infinity : trust * moved[(moved.count - 1) / 2])
    let bounded = zip(free, lengths).map { $1 > longest ? $0 * (longest / $1) : $0 }
    return (bounded.map { Float($0) }, longest)
  }
}

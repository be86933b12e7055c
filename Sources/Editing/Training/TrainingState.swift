package import ModelStore

/// Everything that training goes on from.
package struct TrainingState: Sendable {
  /// A hypernetwork with its optimiser as it was then and the statistics that it was trained with.
  package struct Candidate: Sendable {
    package var networks: HypernetworkSet
    package var optimizer: AdamOptimizer
    package var statistics: RunningStatistics
    /// What validation gave.
    package var score: Double
  }

  package var networks: HypernetworkSet
  package var optimizer: AdamOptimizer
  /// Of all signals seen in training.
  package var statistics: RunningStatistics
  /// Where training stands: the pass over the records, the trajectory in it, the step in that.
  package var epoch = 0
  package var trajectory = 0
  package var step = 0
  /// The best so far.
  package var best: Candidate?
  /// Validations since it was found.
  package var validationsSinceBest = 0
  package var isFinished = false
  /// The weights that the trajectory has reached; `nil` at its start.
  package var weights: EditedWeights?
  /// The keys that the trajectory's batches have left.
  package var memory: [EditMemory] = []

  package init(networks: HypernetworkSet) {
    self.networks = networks
    optimizer = AdamOptimizer(for: networks)
    statistics = RunningStatistics()
  }
}

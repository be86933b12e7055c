import ObjectModel

/// What making an edit took, as its commit records it.
enum EditCost {
  /// Editing the batch, without storing it.
  static let secondsMetric = "seconds"
  /// The most memory that the process had taken by then, in bytes.
  static let peakMemoryMetric = "peak.memory"

  /// Those of an edit that has just been made.
  static func metrics(since start: ContinuousClock.Instant) -> [Commit.Metric] {
    [
      Commit.Metric(name: secondsMetric, value: (ContinuousClock.now - start) / .seconds(1)),
      Commit.Metric(name: peakMemoryMetric, value: Double(PeakMemory.bytes)),
    ]
  }
}

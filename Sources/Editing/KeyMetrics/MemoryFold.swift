import LanguageModel
import ModelStore
import Tensors

/// The metrics of the recursive solver at any point of a chain.
struct MemoryFold: Sendable {
  private let start: [KeyPlace: MemoryMetric]
  /// `nil` where earlier edits' keys do not count.
  private let fold: KeyFold<[KeyPlace: MemoryMetric]>?

  /// - Throws: ``EditingError/noCovariance(method:)`` where the parameters weigh a covariance and there is
  ///   none; ``EditingError/missingCovariance(place:)``; ``EditingError/singularSystem(module:)``.
  /// - Complexity: O(in³) for each place.
  init(
    places: Set<KeyPlace>, parameters: RLEditParameters, covariance: KeyCovariance?,
    method: String, base: Decoder
  ) throws {
    if parameters.covarianceWeight > 0, covariance == nil {
      throw EditingError.noCovariance(method: method)
    }
    let ridge = PortableMath.exponential(Double(parameters.logRidge))
    var start: [KeyPlace: MemoryMetric] = [:]
    for place in places.sorted() {
      let size =
        switch place.input {
        case .attention, .mlp: base.shape.hidden
        case .attended: base.shape.queryHeads * base.shape.headSize
        case .activation: base.shape.intermediate
        }
      guard let covariance, parameters.covarianceWeight > 0 else {
        start[place] = MemoryMetric(size: size, ridge: ridge)
        continue
      }
      let moments = try covariance.moments(at: place, size: size)
      guard
        let metric = MemoryMetric(
          moment: moments.mean, weight: parameters.covarianceWeight,
          ridge: parameters.covarianceRidge, compute: base.compute)
      else { throw EditingError.singularSystem(module: place.name) }
      start[place] = metric
    }
    self.start = start
    let (weight, compute) = (parameters.memoryWeight, base.compute)
    guard weight > 0 else {
      fold = nil
      return
    }
    fold = KeyFold(from: start) { metrics, batch in
      for place in batch.places {
        guard var metric = metrics.removeValue(forKey: place), let keys = batch.keys[place]
        else { continue }
        try metric.remember(
          compute.widened(keys.view()), weight: weight, at: place, compute: compute)
        metrics[place] = metric
      }
    }
  }

  /// - Throws: ``EditingError/singularSystem(module:)`` and errors of the stored keys' form.
  /// - Complexity: O(rows·in²) for each batch that the last call had not.
  func metrics(after memory: KeyMemory) throws -> [KeyPlace: any KeyMetric] {
    try fold?.value(after: memory) ?? start
  }
}

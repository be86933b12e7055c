import LanguageModel
import ModelStore
import Tensors

/// The metrics of the recursive solver at any point of a chain.
struct MemoryFold: Sendable {
  /// Where earlier edits' keys do not count.
  private let start: [KeyPlace: MemoryMetric]?
  /// Where they do.
  private let fold: KeyFold<[KeyPlace: MemoryMetric]>?

  /// - Throws: ``EditingError/noCovariance(method:)`` where the parameters weigh a covariance and there is
  ///   none; ``EditingError/missingCovariance(place:)``; ``EditingError/singularSystem(module:)``; what reading
  ///   the covariance throws.
  /// - Complexity: O(in³) for each place.
  init(
    places: Set<KeyPlace>, parameters: RLEditParameters, covariance: CovarianceSource?,
    method: String, base: Decoder
  ) throws {
    if parameters.covarianceWeight > 0, covariance == nil {
      throw EditingError.noCovariance(method: method)
    }
    let first = try Self.start(places, parameters, covariance?.read(), base)
    let (weight, compute) = (parameters.memoryWeight, base.compute)
    guard weight > 0 else {
      (start, fold) = (first, nil)
      return
    }
    // The metrics of many layers take hundreds of megabytes, so that the first ones are made again where a
    // chain does not go on from the last.
    start = nil
    fold = KeyFold(known: first) {
      try Self.start(places, parameters, covariance?.read(), base)
    } remembering: { metrics, batch in
      for place in batch.places {
        guard var metric = metrics.removeValue(forKey: place), let keys = batch.keys[place]
        else { continue }
        try metric.remember(
          compute.widened(keys.view()), weight: weight, at: place, compute: compute)
        metrics[place] = metric
      }
    }
  }

  /// The metrics before any edit.
  private static func start(
    _ places: Set<KeyPlace>, _ parameters: RLEditParameters, _ covariance: KeyCovariance?,
    _ base: Decoder
  ) throws -> [KeyPlace: MemoryMetric] {
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
    return start
  }

  /// - Throws: ``EditingError/singularSystem(module:)`` and errors of the stored keys' form; those of
  ///   ``init(places:parameters:covariance:method:base:)`` where the chain does not go on from the last call's.
  /// - Complexity: O(rows·in²) for each batch that the last call had not.
  func metrics(after memory: KeyMemory) throws -> [KeyPlace: any KeyMetric] {
    try fold?.value(after: memory) ?? start ?? [:]
  }
}

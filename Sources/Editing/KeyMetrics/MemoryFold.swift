import LanguageModel
import ModelStore
import Tensors

/// The metrics of the recursive solver at any point of a chain.
struct MemoryFold: Sendable {
  private enum Metrics: Sendable {
    /// Earlier edits' keys do not count.
    case fixed([KeyPlace: MemoryMetric])
    case folded(KeyFold<[KeyPlace: MemoryMetric]>)
  }

  private let metrics: Metrics

  /// - Parameters:
  ///   - covariance: where the parameters weigh one.
  ///   - source: gives it again. The metrics of many layers take hundreds of megabytes, so that the first ones
  ///     are not kept, but made again where a chain does not go on from the last.
  /// - Throws: ``EditingError/noCovariance(method:)`` where the parameters weigh a covariance and there is
  ///   none; ``EditingError/missingCovariance(place:)``; ``EditingError/singularSystem(module:)``.
  /// - Complexity: O(in³) for each place.
  init(
    places: Set<KeyPlace>, parameters: RLEditParameters, covariance: KeyCovariance?,
    from source: CovarianceSource?, method: String, base: Decoder
  ) throws {
    let weighsCovariance = parameters.covarianceWeight > 0
    if weighsCovariance, covariance == nil { throw EditingError.noCovariance(method: method) }
    let first = try Self.start(places, parameters, covariance, base)
    let (weight, compute) = (parameters.memoryWeight, base.compute)
    guard weight > 0 else {
      metrics = .fixed(first)
      return
    }
    let fold = KeyFold(known: first) {
      try Self.start(places, parameters, weighsCovariance ? source?.read() : nil, base)
    } remembering: { metrics, batch in
      for place in batch.places {
        guard var metric = metrics.removeValue(forKey: place), let keys = batch.keys[place]
        else { continue }
        try metric.remember(
          compute.widened(keys.view()), weight: weight, at: place, compute: compute)
        metrics[place] = metric
      }
    }
    metrics = .folded(fold)
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
  ///   ``init(places:parameters:covariance:from:method:base:)`` and of reading the covariance where the chain
  ///   does not go on from the last call's.
  /// - Complexity: O(rows·in²) for each batch that the last call had not.
  func metrics(after memory: KeyMemory) throws -> [KeyPlace: any KeyMetric] {
    switch metrics {
    case .fixed(let metrics): metrics
    case .folded(let fold): try fold.value(after: memory)
    }
  }
}

import LanguageModel
import ModelStore
import Synchronization
import Tensors

/// The metrics of the recursive solver at any point of a chain. It keeps those of the last point, which
/// the next one mostly extends; else it folds from the start, which gives the same bits.
final class MemoryFold: Sendable {
  private let start: [KeyPlace: MemoryMetric]
  private let weight: Double
  private let compute: Compute
  private let last: Mutex<(batches: [EditMemory], metrics: [KeyPlace: MemoryMetric])>

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
    weight = parameters.memoryWeight
    compute = base.compute
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
    last = Mutex(([], start))
  }

  /// - Throws: ``EditingError/singularSystem(module:)`` and errors of the stored keys' form.
  /// - Complexity: O(rows·in²) for each batch that the last call had not.
  func metrics(after memory: KeyMemory) throws -> [KeyPlace: any KeyMetric] {
    guard weight > 0 else { return start }
    return try last.withLock { last in
      if !memory.batches.starts(with: last.batches) { last = ([], start) }
      for batch in memory.batches[last.batches.count...] {
        for place in batch.places {
          guard var metric = last.metrics.removeValue(forKey: place), let keys = batch.keys[place]
          else { continue }
          try metric.remember(
            compute.widened(keys.view()), weight: weight, at: place, compute: compute)
          last.metrics[place] = metric
        }
        last.batches.append(batch)
      }
      return last.metrics
    }
  }
}

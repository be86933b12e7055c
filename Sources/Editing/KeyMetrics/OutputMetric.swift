import LanguageModel
package import Tensors

/// What directions of a matrix's outputs an update should rather leave alone: the inverse of the damped second
/// moments of the gradients there.
///
/// With `F` the moments of the gradients (`out×out`), `τ` the mean of their diagonals over all matrices that are
/// edited and `ε` the damping, every row of the least squares' `D` becomes
///
///     D ← D·τ(F + ε(tr F/out)I)⁻¹
///
/// beside the metric of the keys, so that the step is the natural gradient with both factors of the Fisher
/// information in Kronecker's form (Martens and Grosse 2015): of two changes that do as much for the target, the
/// one that does less to everything else. The scale of `F` stays, so that matrices whose outputs matter less
/// take more of an edit.
package struct OutputMetric: Sendable {
  /// `out×out`.
  private let inverse: WeightView

  /// - Parameters:
  ///   - moments: `F`.
  ///   - unit: `τ`.
  ///   - damping: `ε`.
  /// - Returns: `nil` where the damped moments are not positive definite.
  /// - Complexity: O(out³).
  package init?(_ moments: SecondMoments, unit: Double, damping: Double, compute: Compute) {
    var system = moments.mean
    let ridge = damping * moments.meanDiagonal
    for index in 0..<system.rows { system[index, index] += ridge }
    guard let solver = CholeskySolver(system, compute: compute) else { return nil }
    var inverse = solver.inverse
    for index in inverse.elements.indices { inverse.elements[index] *= unit }
    self.inverse = WeightView(inverse.rounded)
  }

  /// Those of all matrices that are edited.
  ///
  /// - Throws: ``EditingError/noCovariance(method:)``, ``EditingError/missingCurvature(module:)``,
  ///   ``EditingError/singularCurvature(module:)``.
  /// - Complexity: O(out³) for each place.
  static func metrics(
    at places: [ProjectionPlace], damping: Double, covariance: KeyCovariance?, method: String,
    base: Decoder
  ) throws -> [ProjectionPlace: OutputMetric] {
    guard let covariance else { throw EditingError.noCovariance(method: method) }
    let moments = try places.map {
      try covariance.gradients(at: $0, size: base.shape.size(of: $0.projection).output)
    }
    let unit = moments.reduce(0) { $0 + $1.meanDiagonal } / Double(max(1, places.count))
    var metrics: [ProjectionPlace: OutputMetric] = [:]
    for (place, moments) in zip(places, moments) {
      guard
        let metric = OutputMetric(
          moments, unit: unit, damping: damping, compute: base.compute)
      else { throw EditingError.singularCurvature(module: place.weightName) }
      metrics[place] = metric
    }
    return metrics
  }

  /// `rows×out` times the metric, which is symmetric.
  package func project(_ rows: Matrix, compute: Compute) -> Matrix {
    compute.product(rows, inverse)
  }
}

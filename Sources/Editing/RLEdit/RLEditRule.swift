package import LanguageModel
package import Tensors

/// RLEdit's update of one matrix from its signals.
///
/// For keys `K` (`rows×in`) and output gradients `G` (`rows×out`), normalised by the running
/// statistics and passed through the hypernetwork to `(k̃, g̃)`:
///
///     Dᵢ = −η (kᵢ·k̃ᵢ) g̃ᵢ
///     ΔWᵀ = (KᵀK + e^λ I)⁻¹ KᵀD = Kᵀ (KKᵀ + e^λ I)⁻¹ D
///
/// so that `ΔW = U·V` with `U = ((KKᵀ + e^λ I)⁻¹ D)ᵀ` (`out×rows`) and `V = K` (`rows×in`).
package struct RLEditRule: Sendable {
  package let networks: [WeightShape: Hypernetwork]
  /// The matrices to edit, in order. A matrix's index within its hypernetwork counts the earlier
  /// matrices of the same shape.
  package let places: [ProjectionPlace]
  /// Keys whose outputs should stay, by matrix; without them `M` is the ridge alone.
  package let preserved: [ProjectionPlace: PreservedKeys]
  private let compute: Compute

  package init(
    networks: [WeightShape: Hypernetwork], places: [ProjectionPlace],
    preserved: [ProjectionPlace: PreservedKeys] = [:], compute: Compute
  ) {
    self.networks = networks
    self.places = places
    self.preserved = preserved
    self.compute = compute
  }

  /// The factors `U` (`out×rows`) and `V` (`rows×in`) of the update, in binary32.
  package struct Factors: Sendable {
    package let u: Matrix
    package let v: Matrix
  }

  /// The factors of every matrix's update.
  ///
  /// - Parameter statistics: the running statistics, this batch's rows included.
  /// - Throws: ``EditingError/unknownModule(_:)`` when a matrix has no signals or no hypernetwork and
  ///   ``EditingError/singularSystem(module:)``.
  package func factors(
    from signals: [ProjectionPlace: ProjectionSignals], statistics: RunningStatistics
  ) throws -> [ProjectionPlace: Factors] {
    var modules: [WeightShape: Int] = [:]
    var shared: SharedSolve?
    var factors: [ProjectionPlace: Factors] = [:]
    for place in places {
      guard let signal = signals[place] else {
        throw EditingError.unknownModule(place.weightName)
      }
      let shape = WeightShape(
        input: signal.keys.columns, output: signal.outputGradients.columns)
      guard let network = networks[shape] else {
        throw EditingError.unknownModule(place.weightName)
      }
      let module = modules[shape, default: 0]
      modules[shape] = module + 1
      guard module < network.stepSizes.count else {
        throw EditingError.unknownModule(place.weightName)
      }
      let transformed = network.transform(
        statistics.normalized(keys: signal.keys, outputGradients: signal.outputGradients),
        module: module, compute: compute)
      let values = wantedChanges(
        keys: signal.keys, transformed: transformed, stepSize: network.stepSizes[module])
      let ridge = PortableMath.exponential(Double(network.logRidges[module]))
      let solve =
        try shared.flatMap { $0.serves(place, signal.keys, ridge: ridge) ? $0 : nil }
        ?? SharedSolve(
          place, signal.keys, preserved: preserved[place], ridge: ridge, compute: compute)
      shared = solve
      let (solver, v) = (solve.solver, solve.v)
      factors[place] = Factors(u: solver.solve(values).transposed, v: v)
    }
    return factors
  }

  /// `D`, `rows×out`: what the update should add to the outputs for these keys.
  private func wantedChanges(keys: Matrix, transformed: Matrix, stepSize: Float) -> Matrix {
    let input = keys.columns
    var values = Matrix(rows: keys.rows, columns: transformed.columns - input)
    for row in 0..<keys.rows {
      let rows = transformed.row(row)
      let similarity = compute.dot(Array(keys.row(row)), Array(rows.prefix(input)))
      let factor = -stepSize * similarity
      for (column, value) in rows.dropFirst(input).enumerated() {
        values[row, column] = factor * value
      }
    }
    return values
  }
}

/// The solve of one set of keys, which gate and up of a layer have in common.
private struct SharedSolve {
  let v: Matrix
  let solver: RidgeSolver
  private let layer: Int
  private let keys: Matrix
  private let ridge: Double

  init(
    _ place: ProjectionPlace, _ keys: Matrix, preserved: PreservedKeys?, ridge: Double,
    compute: Compute
  ) throws {
    // With V = K·M⁻¹ the system is I + K·Vᵀ; without preserved keys both are scaled by the ridge.
    v = preserved?.project(keys, compute: compute) ?? keys
    let gram = compute.product(keys, transposed: WeightView(v))
    guard let solver = RidgeSolver(gram: gram, ridge: preserved == nil ? ridge : 1) else {
      throw EditingError.singularSystem(module: place.weightName)
    }
    self.solver = solver
    layer = place.layer
    self.keys = keys
    self.ridge = ridge
  }

  func serves(_ place: ProjectionPlace, _ keys: Matrix, ridge: Double) -> Bool {
    layer == place.layer && self.ridge == ridge && self.keys == keys
  }
}

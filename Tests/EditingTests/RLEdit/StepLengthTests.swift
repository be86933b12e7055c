import Editing
import LanguageModel
import Tensors
import TestSupport
import Testing

/// How far steps go that seek their records' targets, by closed forms in binary64 and by what a step is to
/// bring about.
@Suite struct StepLengthTests {
  private static let shape = WeightShape(input: 5, output: 4)
  private static let places = [
    ProjectionPlace(layer: 0, projection: .down), ProjectionPlace(layer: 1, projection: .down),
  ]
  /// Rules that solve a system, with natural logarithms of its ridge.
  static let systems: [(rule: String, logRidge: Double)] = solving.flatMap { rule in
    [-3, 0, 5].map { (rule, $0) }
  }
  static let solving = UpdateForm.names.filter { $0.form != .outerProduct }.map(\.name)

  private let compute: Compute

  init() throws { compute = try Compute(threads: 2) }

  private func rule(
    _ name: String, logRidge: Double, trust: Double = 0,
    metrics: [KeyPlace: any KeyMetric] = [:]
  ) throws -> RLEditRule {
    RLEditRule(
      networks: HypernetworkSet([
        .identity(
          shape: Self.shape, modules: Self.places.count, stepSize: 0.01, logRidge: Float(logRidge))
      ]), places: Self.places, form: try #require(UpdateForm(name: name)), metrics: metrics,
      stepLength: .targetSeeking(fraction: 0.7, trust: trust), compute: compute)
  }

  private func signals(rows: Int) -> [ProjectionPlace: ProjectionSignals] {
    var generator = SeededGenerator(seed: 6)
    var signals: [ProjectionPlace: ProjectionSignals] = [:]
    for place in Self.places {
      signals[place] = ProjectionSignals(
        keys: Matrix(rows: rows, columns: 5, elements: generator.normals(rows * 5)),
        outputGradients: Matrix(rows: rows, columns: 4, elements: generator.normals(rows * 4)))
    }
    return signals
  }

  /// `−Σ dot(ΔY_i, g_i)` of every record, with the factors that came out.
  private func decreases(
    _ pass: RLEditPass, _ signals: [ProjectionPlace: ProjectionSignals], record: [Int]
  ) throws -> [Double] {
    var decreases = [Double](repeating: 0, count: (record.max() ?? 0) + 1)
    for place in Self.places {
      let factors = try #require(pass.factors[place])
      let signal = try #require(signals[place])
      for (row, record) in record.enumerated() {
        let key = signal.keys.row(row).map(Double.init)
        let gradient = signal.outputGradients.row(row).map(Double.init)
        for part in 0..<factors.v.rows {
          let along = zip(key, factors.v.row(part)).reduce(0) { $0 + $1.0 * Double($1.1) }
          for (output, slope) in gradient.enumerated() {
            decreases[record] -= along * Double(factors.u[output, part]) * slope
          }
        }
      }
    }
    return decreases
  }

  @Test(arguments: systems)
  func aRecordByItselfIsToLoseTheSaidShareOfItsLoss(name: String, logRidge: Double) throws {
    let signals = signals(rows: 1)
    let records = RowRecords(record: [0], losses: [2.5])
    let pass = try rule(name, logRidge: logRidge)
      .run(signals, statistics: RunningStatistics(), records: records)
    let decrease = try decreases(pass, signals, record: [0])[0]
    #expect(abs(decrease / (0.7 * 2.5) - 1) < 1e-5, "\(decrease)")
  }

  /// Keys to preserve, at every matrix.
  private func preserved() throws -> [KeyPlace: any KeyMetric] {
    var generator = SeededGenerator(seed: 7)
    let keys = Matrix(rows: 3, columns: 5, elements: generator.normals(15, deviation: 4))
    var metrics: [KeyPlace: any KeyMetric] = [:]
    for place in Self.places {
      let preserved: PreservedKeys = try #require(
        PreservedKeys(keys, weight: 20, ridge: 3, compute: compute))
      metrics[place.keyPlace] = preserved
    }
    return metrics
  }

  @Test(arguments: solving)
  func soIsOneBesidePreservedKeys(name: String) throws {
    let signals = signals(rows: 1)
    let pass = try rule(name, logRidge: 0, metrics: preserved()).run(
      signals, statistics: RunningStatistics(),
      records: RowRecords(record: [0], losses: [2.5]))
    let decrease = try decreases(pass, signals, record: [0])[0]
    #expect(abs(decrease / (0.7 * 2.5) - 1) < 1e-4, "\(decrease)")
  }

  @Test(arguments: systems)
  func recordsInEachOthersWayGoAtMostSoMuchFartherThanAlone(
    name: String, logRidge: Double
  ) throws {
    try expectBounded(
      rule(name, logRidge: logRidge), ridge: PortableMath.exponential(logRidge))
  }

  @Test(arguments: solving)
  func soDoThoseBesidePreservedKeys(name: String) throws {
    try expectBounded(rule(name, logRidge: 0, metrics: preserved()), ridge: 1)
  }

  /// Two records of one key `k` that pull their outputs apart, by `g` and `−0.9·g`: with the leverage
  /// `κ = kᵀM⁻¹k` the unscaled step would bring the first down by next to nothing and the second up, so that both
  /// are bounded by 0.3 times what they would do alone.
  ///
  /// - Parameter ridge: of the system that is solved.
  private func expectBounded(_ rule: RLEditRule, ridge: Double) throws {
    let one = signals(rows: 1)
    var both: [ProjectionPlace: ProjectionSignals] = [:]
    for (place, signal) in one {
      let against = Matrix(
        rows: 1, columns: 4, elements: signal.outputGradients.elements.map { -0.9 * $0 })
      both[place] = ProjectionSignals(
        keys: signal.keys.stacked(above: signal.keys),
        outputGradients: signal.outputGradients.stacked(above: against))
    }
    let losses = [2.0, 3.0]
    let pass = try rule.run(
      both, statistics: RunningStatistics(), records: RowRecords(record: [0, 1], losses: losses))

    var leverages: [ProjectionPlace: Double] = [:]
    for (place, signal) in one {
      let v = try #require(pass.factors[place]).v
      leverages[place] = zip(signal.keys.row(0), v.row(0)).reduce(0) {
        $0 + Double($1.0) * Double($1.1)
      }
    }
    // D_i = −η·s·g_i where nothing is normalised and the network is the identity, s the similarity k·k or κ.
    func similarity(_ place: ProjectionPlace, _ signal: ProjectionSignals) -> Double {
      rule.form == .leverage ? leverages[place] ?? .nan : square(signal.keys)
    }
    var alone = 0.0
    for (place, signal) in one {
      let leverage = try #require(leverages[place])
      alone +=
        0.01 * similarity(place, signal) * square(signal.outputGradients)
        * leverage / (leverage + ridge)
    }
    let lengths = [0.7 * losses[0] / (0.3 * alone), 0.7 * losses[1] / (0.3 * 0.81 * alone)]
    for (place, signal) in one {
      let leverage = try #require(leverages[place])
      let u = try #require(pass.factors[place]).u
      for (output, slope) in signal.outputGradients.elements.enumerated() {
        let value = -0.01 * similarity(place, signal) * Double(slope)
        let values = [value * lengths[0], -0.9 * value * lengths[1]]
        let common = leverage / (2 * leverage + ridge) * (values[0] + values[1])
        for row in 0..<2 {
          let expected = (values[row] - common) / ridge
          #expect(
            abs(Double(u[output, row]) - expected) <= 2e-4 * abs(values[row] / ridge),
            "\(u[output, row]) for \(expected)")
        }
      }
    }
  }

  private func square(_ matrix: Matrix) -> Double {
    matrix.elements.reduce(0) { $0 + Double($1) * Double($1) }
  }

  /// The norms of the records' rows of `D`, one row a record, which the factors tell: `D = (K·Kᵀ + ρ)·Uᵀ`.
  private func lengths(
    _ pass: RLEditPass, _ signals: [ProjectionPlace: ProjectionSignals], ridge: Double
  ) throws -> [Double] {
    let count = try #require(signals.values.first).keys.rows
    return try (0..<count).map { row in
      try Self.places.reduce(0.0) { sum, place in
        let keys = try #require(signals[place]).keys
        let u = try #require(pass.factors[place]).u
        return (0..<u.rows).reduce(sum) { sum, output in
          let value = (0..<count).reduce(ridge * Double(u[output, row])) { value, other in
            let gram = zip(keys.row(row), keys.row(other)).reduce(0) {
              $0 + Double($1.0) * Double($1.1)
            }
            return value + gram * Double(u[output, other])
          }
          return sum + value * value
        }
      }.squareRoot()
    }
  }

  @Test func noRecordsRowsOutgrowTheTrustedLength() throws {
    let signals = signals(rows: 4)
    let losses = [0.1, 0, 8, 2]
    func run(trust: Double, longest: Double? = nil) throws -> [Double] {
      let records = RowRecords(record: [0, 1, 2, 3], losses: losses, longest: longest)
      let pass = try rule("least-squares", logRidge: 0, trust: trust)
        .run(signals, statistics: RunningStatistics(), records: records)
      return try lengths(pass, signals, ridge: 1)
    }
    func expectBounded(_ bounded: [Double], by longest: Double, _ free: [Double]) {
      for (found, free) in zip(bounded, free) {
        #expect(abs(found - min(free, longest)) <= 1e-4 * longest, "\(found) for \(free)")
      }
    }
    let free = try run(trust: 0)
    // The one whose target is reached stays, and does not count among those that set the bound.
    let moved = [free[0], free[2], free[3]].sorted()
    #expect(free[1] < 1e-4 * moved[0])
    expectBounded(try run(trust: 0.8), by: 0.8 * moved[1], free)
    // Later steps are under the bound of the first.
    expectBounded(try run(trust: 0.8, longest: moved[0] / 2), by: moved[0] / 2, free)
  }
}

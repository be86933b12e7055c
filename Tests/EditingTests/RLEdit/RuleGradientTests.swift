import Editing
import LanguageModel
import Tensors
import TestSupport
import Testing

/// The way back through rule and hypernetwork against finite differences of a binary64 evaluation that
/// shares no code with it.
@Suite struct RuleGradientTests {
  private static let shape = WeightShape(input: 5, output: 4)
  private static let places = [
    ProjectionPlace(layer: 0, projection: .down), ProjectionPlace(layer: 1, projection: .down),
  ]
  private static let rows = 3

  private let compute: Compute
  private let networks: HypernetworkSet
  private let signals: [ProjectionPlace: ProjectionSignals]
  private let weights: [ProjectionPlace: (u: Matrix, v: Matrix)]

  init() throws {
    compute = try Compute(threads: 2)
    var generator = SeededGenerator(seed: 3)
    func matrix(_ rows: Int, _ columns: Int, _ deviation: Float = 1) -> Matrix {
      Matrix(
        rows: rows, columns: columns,
        elements: generator.normals(rows * columns, deviation: deviation))
    }
    let size = 9
    networks = HypernetworkSet([
      Hypernetwork(
        shape: Self.shape,
        blocks: (0..<2).map { _ in
          .init(
            a: matrix(size, 2), b: matrix(2, size), bias: generator.normals(size),
            scale: matrix(2, size), shift: matrix(2, size, 0.3))
        }, stepSizes: [0.3, 0.7], logRidges: [0.2, -0.4])
    ])
    var signals: [ProjectionPlace: ProjectionSignals] = [:]
    var weights: [ProjectionPlace: (u: Matrix, v: Matrix)] = [:]
    for place in Self.places {
      signals[place] = ProjectionSignals(
        keys: matrix(Self.rows, 5), outputGradients: matrix(Self.rows, 4))
      weights[place] = (matrix(4, Self.rows), matrix(Self.rows, 5))
    }
    self.signals = signals
    self.weights = weights
  }

  /// A metric of outputs for every matrix, and its `out×out`.
  private func outputMetrics() throws -> [ProjectionPlace: (OutputMetric, RuleOracle.Rows)] {
    var generator = SeededGenerator(seed: 4)
    var metrics: [ProjectionPlace: (OutputMetric, RuleOracle.Rows)] = [:]
    for place in Self.places {
      let rows = DoubleMatrix(Matrix(rows: 9, columns: 4, elements: generator.normals(36)))
      let moments = SecondMoments(rows: 9, sum: transposedProduct(rows, rows))
      let metric = try #require(
        OutputMetric(moments, unit: 1, damping: 0.5, compute: compute))
      let identity = Matrix(
        rows: 4, columns: 4, elements: (0..<16).map { $0.isMultiple(of: 5) ? 1 : 0 })
      let inverse = metric.project(identity, compute: compute)
      metrics[place] = (metric, (0..<4).map { inverse.row($0).map(Double.init) })
    }
    return metrics
  }

  @Test(arguments: UpdateForm.names.map(\.name), [false, true])
  func everyParametersGradientIsTheDifferenceQuotient(
    _ name: String, knowsOutputs: Bool
  ) throws {
    let form = try #require(UpdateForm(name: name))
    let outputs = knowsOutputs ? try outputMetrics() : [:]
    let rule = RLEditRule(
      networks: networks, places: Self.places, form: form, outputMetrics: outputs.mapValues(\.0),
      compute: compute)
    let pass = try rule.run(signals, statistics: RunningStatistics())
    var gradient = networks.zeros
    rule.addGradient(
      of: pass,
      factors: weights.mapValues {
        FactorGradient(u: $0.u, v: form.learnsRightFactors ? $0.v : nil)
      },
      to: &gradient)
    let oracle = RuleOracle(
      form: form, places: Self.places, signals: signals, outputs: outputs.mapValues(\.1))
    // The objective Σ C∘U (+ Σ E∘V where V is learned) has the gradient that was passed in.
    func objective(_ parameters: [[Double]]) -> Double {
      let factors = oracle.factors(parameters, rows: Self.rows)
      return Self.places.reduce(0.0) { sum, place in
        guard let weight = weights[place], let factor = factors[place] else { return .nan }
        var total = sum
        for (index, value) in factor.u.enumerated() {
          total += value * Double(weight.u.elements[index])
        }
        if form.learnsRightFactors {
          for (index, value) in factor.v.enumerated() {
            total += value * Double(weight.v.elements[index])
          }
        }
        return total
      }
    }
    let parameters = networks.parameters.map { $0.elements.map(Double.init) }
    for (index, parameter) in gradient.parameters.enumerated() {
      var quotients: [Float] = []
      for element in parameter.elements.indices {
        var (above, below) = (parameters, parameters)
        above[index][element] += 1e-5
        below[index][element] -= 1e-5
        quotients.append(Float((objective(above) - objective(below)) / 2e-5))
      }
      let scale = quotients.map(abs).max() ?? 0
      guard scale > 0 else {
        #expect(parameter.elements.allSatisfy { $0 == 0 }, "\(parameter.name)")
        continue
      }
      let closeness = Closeness(parameter.elements, quotients)
      #expect(closeness.relativeError < 2e-4, "\(parameter.name): \(closeness)")
    }
  }
}

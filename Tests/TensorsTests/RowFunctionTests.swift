import Foundation
import Tensors
import TestSupport
import Testing

/// Norms, activations, softmax and attention against plain binary64 loops, and their gradients
/// against finite differences of those.
@Suite struct RowFunctionTests {
  private let compute: Compute

  init() throws { compute = try Compute(threads: 2) }

  private func random(_ rows: Int, _ columns: Int, seed: UInt64) -> Matrix {
    var generator = SeededGenerator(seed: seed)
    return Matrix(rows: rows, columns: columns, elements: generator.normals(rows * columns))
  }

  private func doubles(_ matrix: Matrix) -> [Double] { matrix.elements.map(Double.init) }

  private func expect(
    _ actual: [Float], _ expected: [Double], within tolerance: Float = 2e-5,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let closeness = Closeness(actual, expected.map { Float($0) })
    #expect(closeness.relativeError < tolerance, "\(closeness)", sourceLocation: sourceLocation)
  }

  /// The gradient of `Σ wᵢ·f(x)ᵢ` by central differences.
  private func differences(
    _ x: [Double], _ w: [Double], _ f: ([Double]) -> [Double]
  ) -> [Double] {
    x.indices.map { index in
      var (up, down) = (x, x)
      up[index] += 1e-5
      down[index] -= 1e-5
      let change = zip(f(up), f(down)).map { $0 - $1 }
      return zip(w, change).reduce(0) { $0 + $1.0 * $1.1 } / 2e-5
    }
  }

  @Test(arguments: [2, 5, 16, 37])
  func rootMeanSquareNormAndItsGradient(columns: Int) {
    let (x, dy) = (random(3, columns, seed: 1), random(3, columns, seed: 2))
    let weight = random(1, columns, seed: 3).elements
    func norm(_ x: [Double]) -> [Double] {
      stride(from: 0, to: x.count, by: columns).flatMap { first in
        let row = x[first..<first + columns]
        let mean = row.reduce(0) { $0 + $1 * $1 } / Double(columns)
        return zip(row, weight).map { $0 / (mean + 1e-5).squareRoot() * Double($1) }
      }
    }
    let (y, inverses) = compute.rootMeanSquareNorm(x, weight: weight, epsilon: 1e-5)
    expect(y.elements, norm(doubles(x)))
    var gradient = Matrix(rows: 3, columns: columns)
    compute.addRootMeanSquareNormGradient(
      x, weight: weight, inverses: inverses, dy: dy, to: &gradient)
    expect(gradient.elements, differences(doubles(x), doubles(dy), norm), within: 1e-4)
  }

  @Test(arguments: [1, 16, 45])
  func gatedActivationAndItsGradients(columns: Int) {
    let (gate, up, dy) = (
      random(2, columns, seed: 4), random(2, columns, seed: 5), random(2, columns, seed: 6)
    )
    func silu(_ x: Double) -> Double { x / (1 + exp(-x)) }
    let activation = compute.gatedActivation(gate: gate, up: up)
    expect(
      activation.elements, zip(doubles(gate), doubles(up)).map { silu($0) * $1 })
    let (dGate, dUp) = compute.gatedActivationGradient(gate: gate, up: up, dActivation: dy)
    expect(
      dGate.elements,
      differences(doubles(gate), doubles(dy)) { zip($0, self.doubles(up)).map { silu($0) * $1 } })
    expect(
      dUp.elements,
      differences(doubles(up), doubles(dy)) { zip(self.doubles(gate), $0).map { silu($0) * $1 } })
  }

  @Test func crossEntropyAndItsGradient() {
    let logits = random(4, 33, seed: 7)
    let targets = [0, 32, 16, 5]
    func losses(_ x: [Double]) -> [Double] {
      targets.enumerated().map { row, target in
        let part = x[row * 33..<(row + 1) * 33]
        return log(part.reduce(0) { $0 + exp($1) }) - x[row * 33 + target]
      }
    }
    expect(
      compute.crossEntropy(logits, targets: targets).map { Float($0) }, losses(doubles(logits)))
    let weights: [Float] = [1, 0.5, 0.25, 2]
    expect(
      compute.crossEntropyGradient(logits, targets: targets, weights: weights).elements,
      differences(doubles(logits), weights.map(Double.init), losses))
  }

  @Test func logSumExpOfLargeAndSmallLogitsIsFinite() {
    let logits = Matrix(rows: 3, columns: 2, elements: [1000, 999, -1000, -1001, 88, -104])
    let tail: Double = log(1 + exp(-1.0))
    let expected: [Double] = [1000 + tail, -1000 + tail, 88]
    for (sum, value) in zip(compute.logSumExp(logits), expected) {
      #expect(abs(sum - value) < 1e-6)
    }
  }

  @Test(arguments: [nil, 3])
  func attentionAndItsGradients(window: Int?) {
    let shape = AttentionShape(queryHeads: 4, keyValueHeads: 2, headSize: 6, window: window)
    let lengths = [5, 1, 7]
    let rows = 13
    let (q, k, v, dy) = (
      random(rows, 24, seed: 8), random(rows, 12, seed: 9), random(rows, 12, seed: 10),
      random(rows, 24, seed: 11)
    )
    func attend(_ q: [Double], _ k: [Double], _ v: [Double]) -> [Double] {
      var out = [Double](repeating: 0, count: rows * 24)
      var start = 0
      for length in lengths {
        for position in 0..<length {
          for head in 0..<4 {
            let first = max(0, position + 1 - (window ?? length))
            let query = (start + position) * 24 + head * 6
            let keys = (first...position).map { (start + $0) * 12 + head / 2 * 6 }
            let shares: [Double] = keys.map { key in
              var score = 0.0
              for d in 0..<6 { score += q[query + d] * k[key + d] }
              return exp(score / 6.0.squareRoot())
            }
            let total = shares.reduce(0, +)
            for (share, key) in zip(shares, keys) {
              for d in 0..<6 { out[query + d] += share / total * v[key + d] }
            }
          }
        }
        start += length
      }
      return out
    }
    let (q64, k64, v64, dy64) = (doubles(q), doubles(k), doubles(v), doubles(dy))
    let out = compute.attention(shape, lengths: lengths, query: q, key: k, value: v)
    expect(out.elements, attend(q64, k64, v64))
    let gradient = compute.attentionGradient(
      shape, lengths: lengths, query: q, key: k, value: v, dOutput: dy)
    expect(gradient.query.elements, differences(q64, dy64) { attend($0, k64, v64) }, within: 1e-4)
    expect(gradient.key.elements, differences(k64, dy64) { attend(q64, $0, v64) }, within: 1e-4)
    expect(gradient.value.elements, differences(v64, dy64) { attend(q64, k64, $0) }, within: 1e-4)
  }

  @Test func rotationTurnsPairsByTheirAngleAndBack() {
    let frequencies: [Float] = [1, 0.1, 0.01]
    let table = RotaryTable(inverseFrequencies: frequencies, positions: 50)
    let x = random(3, 12, seed: 12)
    let positions = [0, 7, 49]
    var turned = x
    compute.rotate(&turned, headSize: 6, positions: positions, by: table, inverse: false)
    let expected = (0..<3).flatMap { row in
      (0..<12).map { column in
        let (head, place) = (column / 6 * 6, column % 6)
        let angle = Double(positions[row]) * Double(frequencies[place % 3])
        let first = Double(x[row, head + place % 3])
        let second = Double(x[row, head + place % 3 + 3])
        return place < 3
          ? first * cos(angle) - second * sin(angle) : second * cos(angle) + first * sin(angle)
      }
    }
    expect(turned.elements, expected)
    compute.rotate(&turned, headSize: 6, positions: positions, by: table, inverse: true)
    expect(turned.elements, doubles(x))
  }

  @Test func rowFunctionsHaveTheSameBitsOnEveryInstructionSet() throws {
    let x = random(3, 37, seed: 13)
    let up = random(3, 37, seed: 14)
    let weight = up.row(0).map(\.self)
    let results = try InstructionSet.available.map { instructionSet in
      let compute = try Compute(instructionSet: instructionSet, threads: 2)
      var sum = x
      compute.add(up, to: &sum)
      let large = Matrix(rows: 3, columns: 37, elements: x.elements.map { $0 * 60 })
      return [
        compute.rootMeanSquareNorm(x, weight: weight, epsilon: 1e-6).normalized.elements,
        compute.gatedActivation(gate: large, up: up).elements, sum.elements,
        compute.crossEntropyGradient(large, targets: [0, 1, 2], weights: [1, 1, 1]).elements,
        [compute.dot(weight, Array(x.row(1)))],
      ].map { $0.map(\.bitPattern) }
    }
    for result in results { #expect(result == results[0]) }
  }

  /// Head sizes and lengths on both sides of what the kernels take at once.
  @Test(arguments: [6, 16, 64, 72])
  func attentionHasTheSameBitsOnEveryInstructionSetAndThreadCount(headSize: Int) throws {
    let shape = AttentionShape(
      queryHeads: 6, keyValueHeads: 2, headSize: headSize, window: headSize == 16 ? 20 : nil)
    let lengths = [37, 2, 16]
    let rows = 55
    let (q, k, v, dy) = (
      random(rows, 6 * headSize, seed: 21), random(rows, 2 * headSize, seed: 22),
      random(rows, 2 * headSize, seed: 23), random(rows, 6 * headSize, seed: 24)
    )
    let angles = (0..<headSize / 2).map { 1 / Float($0 + 1) }
    let table = RotaryTable(inverseFrequencies: angles, positions: 60)
    var reference: [[UInt32]] = []
    for instructionSet in InstructionSet.available {
      for threads in [1, 2, 5] {
        let compute = try Compute(instructionSet: instructionSet, threads: threads)
        let gradient = compute.attentionGradient(
          shape, lengths: lengths, query: q, key: k, value: v, dOutput: dy)
        var turned = q
        compute.rotate(
          &turned, headSize: headSize, positions: Array(0..<rows), by: table, inverse: true)
        let last = compute.attention(
          shape, past: 36, query: q.gathering(rows: [36]), key: k.gathering(rows: Array(0..<37)),
          value: v.gathering(rows: Array(0..<37)))
        let whole = compute.attention(shape, lengths: lengths, query: q, key: k, value: v)
        #expect(last == whole.gathering(rows: [36]))
        let result = [
          whole.elements, gradient.query.elements, gradient.key.elements,
          gradient.value.elements, turned.elements,
        ].map { $0.map(\.bitPattern) }
        if reference.isEmpty { reference = result }
        #expect(result == reference, "\(instructionSet) on \(threads) threads")
      }
    }
  }

  @Test func gradientsOfRowsHaveTheSameBitsOnEveryInstructionSet() throws {
    let (x, up, dy) = (
      random(3, 37, seed: 25), random(3, 37, seed: 26), random(3, 37, seed: 27)
    )
    let weight = Array(up.row(0))
    let results = try InstructionSet.available.map { instructionSet in
      let compute = try Compute(instructionSet: instructionSet, threads: 2)
      var gradient = dy
      let inverses = compute.rootMeanSquareNorm(x, weight: weight, epsilon: 1e-6).inverses
      compute.addRootMeanSquareNormGradient(
        x, weight: weight, inverses: inverses, dy: up, to: &gradient)
      let (dGate, dUp) = compute.gatedActivationGradient(gate: x, up: up, dActivation: dy)
      let sums = compute.logSumExp(x).map { Float($0) }
      return [gradient.elements, dGate.elements, dUp.elements, inverses, sums].map {
        $0.map(\.bitPattern)
      }
    }
    for result in results { #expect(result == results[0]) }
  }
}

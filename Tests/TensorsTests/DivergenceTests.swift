import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct DivergenceTests {
  private let compute: Compute

  init() throws { compute = try Compute(threads: 2) }

  private func divergence(_ logits: [Double], _ reference: [Double]) -> Double {
    let (sum, referenceSum) = (
      log(logits.reduce(0) { $0 + exp($1) }), log(reference.reduce(0) { $0 + exp($1) })
    )
    return zip(logits, reference).reduce(0) {
      $0 + exp($1.0 - sum) * (($1.0 - sum) - ($1.1 - referenceSum))
    }
  }

  @Test func divergencesAndTheirGradientAreThoseOfPlainLoops() {
    var generator = SeededGenerator(seed: 31)
    let logits = Matrix(rows: 3, columns: 41, elements: generator.normals(123))
    let reference = Matrix(rows: 3, columns: 41, elements: generator.normals(123))
    let (values, gradient) = compute.divergence(of: logits, from: reference, weight: 0.5)
    for row in 0..<3 {
      let (x, y) = (logits.row(row).map(Double.init), reference.row(row).map(Double.init))
      #expect(abs(values[row] - divergence(x, y)) < 1e-5)
      let differences = x.indices.map { index in
        var (up, down) = (x, x)
        up[index] += 1e-5
        down[index] -= 1e-5
        return Float(0.5 * (divergence(up, y) - divergence(down, y)) / 2e-5)
      }
      let closeness = Closeness(gradient.row(row), differences)
      #expect(closeness.relativeError < 1e-4, "\(closeness)")
    }
  }

  @Test func aRowDoesNotDivergeFromItself() {
    var generator = SeededGenerator(seed: 32)
    let logits = Matrix(rows: 2, columns: 300, elements: generator.normals(600))
    let (values, gradient) = compute.divergence(of: logits, from: logits, weight: 1)
    #expect(values == [0, 0])
    #expect(gradient.elements.allSatisfy { $0 == 0 })
  }
}

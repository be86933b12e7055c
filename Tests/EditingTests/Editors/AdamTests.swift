import Editing
import Tensors
import Testing

@Suite struct AdamTests {
  /// Kingma and Ba's algorithm 1, written out in binary64 on one number.
  @Test func stepsAreThoseOfThePublishedAlgorithm() throws {
    let slopes = [0.5, -2, 1e-3, 0.25, 0]
    var (x, m, v) = (1.0, 0.0, 0.0)
    var numbers: [Float] = [1, 5]
    var adam = Adam(rate: 0.1, count: 2)
    for (step, slope) in slopes.enumerated() {
      m = 0.9 * m + 0.1 * slope
      v = 0.999 * v + 0.001 * slope * slope
      var (b1, b2) = (1.0, 1.0)
      for _ in 0...step { (b1, b2) = (b1 * 0.9, b2 * 0.999) }
      x -= 0.1 * (m / (1 - b1)) / ((v / (1 - b2)).squareRoot() + 1e-8)
      try numbers.withUnsafeMutableBufferPointer { buffer in
        adam.step(buffer, gradient: [Float(slope), 7], compute: try Compute(threads: 1)) {
          $0 == 1
        }
      }
      #expect(abs(Double(numbers[0]) - x) < 1e-6)
    }
    #expect(numbers[1] == 5)
  }
}

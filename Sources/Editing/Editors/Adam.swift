package import Tensors

/// Adam (Kingma & Ba 2015) on binary32 numbers: β₁ = 0.9, β₂ = 0.999, ε = 10⁻⁸.
///
/// The moments and the numbers are rounded to binary32 once a step; what lies between is binary64, in
/// the order written. Powers of β are products, one factor a step.
package struct Adam: Sendable {
  private let rate: Double
  private var first: [Float]
  private var second: [Float]
  /// `β₁ᵗ` and `β₂ᵗ`.
  private var powers = (1.0, 1.0)

  /// - Parameters:
  ///   - rate: the learning rate.
  ///   - count: how many numbers are optimised.
  package init(rate: Double, count: Int) {
    self.rate = rate
    first = .init(repeating: 0, count: count)
    second = first
  }

  /// One step down the gradient.
  ///
  /// - Parameter isFrozen: whether the number of an index, and its moments, stay as they are.
  package mutating func step(
    _ numbers: UnsafeMutableBufferPointer<Float>, gradient: [Float], compute: Compute,
    isFrozen: @Sendable (Int) -> Bool = { _ in false }
  ) {
    precondition(
      numbers.count == first.count && gradient.count == first.count, "one gradient a number")
    powers = (powers.0 * 0.9, powers.1 * 0.999)
    let (firstShare, secondShare) = (1 - powers.0, 1 - powers.1)
    let rate = rate
    first.withUnsafeMutableBufferPointer { first in
      second.withUnsafeMutableBufferPointer { second in
        gradient.withUnsafeBufferPointer { gradient in
          let shared = Pointers(
            numbers: numbers, first: first, second: second, gradient: gradient)
          compute.parallel(numbers.count, grain: 4096) { range in
            for index in range where !isFrozen(index) {
              let slope = Double(shared.gradient[index])
              let m = Float(0.9 * Double(shared.first[index]) + 0.1 * slope)
              let v = Float(0.999 * Double(shared.second[index]) + 0.001 * slope * slope)
              shared.first[index] = m
              shared.second[index] = v
              let change =
                rate * (Double(m) / firstShare)
                / ((Double(v) / secondShare).squareRoot() + 1e-8)
              shared.numbers[index] = Float(Double(shared.numbers[index]) - change)
            }
          }
        }
      }
    }
  }

  /// Sendable because each task touches indices of its own and the call outlives the tasks.
  private struct Pointers: @unchecked Sendable {
    let numbers: UnsafeMutableBufferPointer<Float>
    let first: UnsafeMutableBufferPointer<Float>
    let second: UnsafeMutableBufferPointer<Float>
    let gradient: UnsafeBufferPointer<Float>
  }
}

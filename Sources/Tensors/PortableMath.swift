/// Transcendental functions of binary64 numbers that give the same bits on every machine: only
/// additions, multiplications and divisions, which IEEE 754 defines exactly, in a stated order. The C
/// library's differ from version to version. They serve tables and single numbers; the kernels have
/// an exponential of their own for binary32 vectors.
package enum PortableMath {
  private static let ln2High = 0x1.62e42fee00000p-1
  private static let ln2Low = 0x1.a39ef35793c76p-33

  /// `e^x` within about one unit in the last place, for |x| up to 700; beyond, infinity and zero.
  package static func exponential(_ x: Double) -> Double {
    if x.isNaN { return x }
    if x > 700 { return .infinity }
    if x < -700 { return 0 }
    let count = (x * 1.442695040888963407).rounded(.toNearestOrEven)
    let rest = (x - count * ln2High) - count * ln2Low
    // Taylor's polynomial; at |rest| ≤ 0.347 the term of degree 14 is below 2⁻⁵⁴ of the result.
    var sum = 1.0
    for degree in stride(from: 14.0, through: 1, by: -1) { sum = 1 + sum * rest / degree }
    return sum * Double(sign: .plus, exponent: Int(count), significand: 1)
  }

  /// The natural logarithm within about one unit in the last place; −∞ at 0, NaN below.
  package static func logarithm(_ x: Double) -> Double {
    guard x > 0 else { return x == 0 ? -.infinity : .nan }
    guard x.isFinite else { return x }
    var (exponent, significand) = (Double(x.exponent), x.significand)
    if significand > 1.4142135623730951 {
      significand /= 2
      exponent += 1
    }
    // ln s = 2·artanh((s − 1)/(s + 1)), whose series converges by a factor of 34 a term.
    let ratio = (significand - 1) / (significand + 1)
    let square = ratio * ratio
    var sum = 0.0
    for degree in stride(from: 23.0, through: 3, by: -2) { sum = (sum + 1 / degree) * square }
    return exponent * ln2High + (2 * (ratio + ratio * sum) + exponent * ln2Low)
  }

  /// Sine and cosine of an angle in radians, |angle| up to 10⁶, within about 10⁻¹⁵; NaN beyond 10⁹.
  package static func sineAndCosine(_ angle: Double) -> (sine: Double, cosine: Double) {
    guard abs(angle) <= 1e9 else { return (.nan, .nan) }
    let quarters = (angle * 0.6366197723675814).rounded(.toNearestOrEven)
    // π/2 in three parts of 33 bits, so that the products with a quarter count are exact.
    var rest = angle - quarters * 0x1.921fb54400000p+0
    rest -= quarters * 0x1.0b4611a600000p-34
    rest -= quarters * 0x1.3198a2e037073p-69
    let square = rest * rest
    var sine = 1.0
    for degree in stride(from: 18.0, through: 2, by: -2) {
      sine = 1 - sine * square / (degree * (degree + 1))
    }
    sine *= rest
    var cosine = 1.0
    for degree in stride(from: 17.0, through: 1, by: -2) {
      cosine = 1 - cosine * square / (degree * (degree + 1))
    }
    switch Int(quarters) & 3 {
    case 0: return (sine, cosine)
    case 1: return (cosine, -sine)
    case 2: return (-sine, -cosine)
    default: return (-cosine, sine)
    }
  }
}

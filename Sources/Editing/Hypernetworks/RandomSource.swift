import Tensors

/// Random numbers that are the same on every machine: SplitMix64 (Steele, Lea & Flood 2014) from a seed,
/// and what is derived from it with portable functions.
package struct RandomSource: RandomNumberGenerator, Sendable, Equatable {
  private var state: UInt64

  package init(seed: UInt64) {
    state = seed
  }

  /// A source of its own for each of several uses of one seed.
  package init(seed: UInt64, stream: UInt64) {
    var mixer = RandomSource(seed: seed)
    state = mixer.next() ^ (stream &* 0xD1B5_4A32_D192_ED03)
  }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// Uniform in (0, 1): the upper 53 bits and a half, in units of 2⁻⁵³.
  package mutating func uniform() -> Double {
    (Double(next() >> 11) + 0.5) * 0x1p-53
  }

  /// Standard normal (Box & Muller 1958), two uniform numbers each.
  package mutating func normal() -> Double {
    let radius = (-2 * PortableMath.logarithm(uniform())).squareRoot()
    return radius * PortableMath.sineAndCosine(6.283185307179586 * uniform()).cosine
  }

  /// Below `bound`: the upper half of the 128-bit product of the next number and `bound`. The bias is
  /// below `bound`·2⁻⁶⁴.
  package mutating func index(below bound: Int) -> Int {
    Int(next().multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// The numbers `0..<count` in random order (Fisher & Yates, from the end).
  package mutating func permutation(of count: Int) -> [Int] {
    var order = Array(0..<count)
    for last in stride(from: count - 1, to: 0, by: -1) {
      order.swapAt(last, index(below: last + 1))
    }
    return order
  }

  /// ``permutation(of:)`` from a stream of a seed.
  package static func permutation(of count: Int, seed: UInt64, stream: UInt64) -> [Int] {
    var source = RandomSource(seed: seed, stream: stream)
    return source.permutation(of: count)
  }
}

/// A repeatable source of random numbers (SplitMix64), so that a failing property can be run again.
package struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  package init(seed: UInt64) {
    state = seed
  }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// A number of roughly normal distribution with mean 0 and the given standard deviation.
  package mutating func normal(deviation: Float = 1) -> Float {
    var sum: Float = 0
    for _ in 0..<12 { sum += Float.random(in: 0..<1, using: &self) }
    return (sum - 6) * deviation
  }

  /// `count` numbers of ``normal(deviation:)``.
  package mutating func normals(_ count: Int, deviation: Float = 1) -> [Float] {
    (0..<count).map { _ in normal(deviation: deviation) }
  }
}

/// Bytes that differ for every seed.
package func randomBytes(_ count: Int, seed: UInt64) -> [UInt8] {
  var generator = SeededGenerator(seed: seed)
  var bytes: [UInt8] = []
  bytes.reserveCapacity(count + 8)
  while bytes.count < count {
    withUnsafeBytes(of: generator.next()) { bytes.append(contentsOf: $0) }
  }
  return Array(bytes.prefix(count))
}

/// The stored form of running statistics: a file for each weight shape, named `<in>x<out>`, that
/// holds the count as a 64-bit integer and then the means and the spreads of the `in + out` columns
/// as binary64 numbers, all little-endian.
extension RunningStatistics {
  /// The files, in the order of their shapes.
  package var encodedFiles: [(name: String, bytes: [UInt8])] {
    moments.keys.sorted().compactMap { shape in
      guard let moments = moments[shape] else { return nil }
      var bytes: [UInt8] = []
      bytes.reserveCapacity(8 + 16 * moments.mean.count)
      Self.append(UInt64(moments.count), to: &bytes)
      for number in moments.mean + moments.spread { Self.append(number.bitPattern, to: &bytes) }
      return ("\(shape.input)x\(shape.output)", bytes)
    }
  }

  /// - Throws: ``EditingError/badStatistics`` when a name or a length is not of the form.
  package init(encodedFiles: [(name: String, bytes: [UInt8])]) throws {
    var moments: [WeightShape: ColumnMoments] = [:]
    for file in encodedFiles {
      let sizes = file.name.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
      guard sizes.count == 2, let input = sizes[0], let output = sizes[1], input > 0, output > 0,
        input < 1 << 32, output < 1 << 32, file.bytes.count == 8 + 16 * (input + output)
      else { throw EditingError.badStatistics }
      let words = stride(from: 0, to: file.bytes.count, by: 8).map { start in
        (0..<8).reduce(UInt64(0)) { $0 | UInt64(file.bytes[start + $1]) << UInt64(8 * $1) }
      }
      let numbers = words.dropFirst().map { Double(bitPattern: $0) }
      guard let count = Int(exactly: words[0]), count < 1 << 53, numbers.allSatisfy(\.isFinite)
      else {
        throw EditingError.badStatistics
      }
      moments[WeightShape(input: input, output: output)] = ColumnMoments(
        count: count, mean: Array(numbers.prefix(input + output)),
        spread: Array(numbers.suffix(input + output)))
    }
    self.init(moments)
  }

  private static func append(_ word: UInt64, to bytes: inout [UInt8]) {
    for shift in stride(from: UInt64(0), to: 64, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: word >> shift))
    }
  }
}

import Algorithms
import ObjectModel

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
      bytes += UInt64(moments.count).littleEndianBytes
      for number in moments.mean + moments.spread {
        bytes += number.bitPattern.littleEndianBytes
      }
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
      let words = file.bytes.chunks(ofCount: 8).map { UInt64(littleEndianBytes: $0) }
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
}

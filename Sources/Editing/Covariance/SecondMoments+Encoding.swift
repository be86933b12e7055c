import Tensors

/// The stored form of second moments: the rows taken in and the size of a row as 64-bit integers, and then
/// the lower triangle of `Σ XᵀX` as binary64 numbers, row after row, all little-endian.
extension SecondMoments {
  var encoded: [UInt8] {
    let size = sum.rows
    var words = [UInt64(rows), UInt64(size)]
    words.reserveCapacity(2 + size * (size + 1) / 2)
    for row in 0..<size {
      for column in 0...row { words.append(sum[row, column].bitPattern) }
    }
    return [UInt8](unsafeUninitializedCapacity: 8 * words.count) { buffer, count in
      let target = UnsafeMutableRawBufferPointer(buffer)
      for (index, word) in words.enumerated() {
        target.storeBytes(of: word.littleEndian, toByteOffset: 8 * index, as: UInt64.self)
      }
      count = 8 * words.count
    }
  }

  /// - Throws: ``EditingError/badCovariance`` when a length or a number is not of the form.
  init(encoded bytes: [UInt8]) throws {
    guard bytes.count >= 16 else { throw EditingError.badCovariance }
    self = try bytes.withUnsafeBytes { try Self.triangle($0) }
  }

  private static func triangle(_ bytes: UnsafeRawBufferPointer) throws -> SecondMoments {
    func word(_ index: Int) -> UInt64 {
      UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self))
    }
    guard let rows = Int(exactly: word(0)), rows > 0, let size = Int(exactly: word(1)),
      (1..<1 << 24).contains(size), bytes.count == 8 * (2 + size * (size + 1) / 2)
    else { throw EditingError.badCovariance }
    var sum = DoubleMatrix(rows: size, columns: size)
    var next = 2
    var areFinite = true
    sum.elements.withUnsafeMutableBufferPointer { elements in
      for row in 0..<size {
        for column in 0...row {
          let number = Double(bitPattern: word(next))
          areFinite = areFinite && number.isFinite
          elements[row * size + column] = number
          elements[column * size + row] = number
          next += 1
        }
      }
    }
    guard areFinite else { throw EditingError.badCovariance }
    return SecondMoments(rows: rows, sum: sum)
  }
}

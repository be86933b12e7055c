package import LanguageModel
import Tensors

/// The stored form of covariances: a file for each place, named `<layer>.<input>`, that holds the rows
/// taken in and the size of a key as 64-bit integers and then the lower triangle of `Σ KᵀK` as
/// binary64 numbers, row after row, all little-endian.
extension KeyCovariance {
  /// The name that the file of a place has.
  package static func fileName(of place: KeyPlace) -> String { place.name }

  /// The files, in the order of their names.
  package var encodedFiles: [(name: String, bytes: [UInt8])] {
    moments.map { place, moments in
      let size = moments.sum.rows
      var words = [UInt64(moments.rows), UInt64(size)]
      words.reserveCapacity(2 + size * (size + 1) / 2)
      for row in 0..<size {
        for column in 0...row { words.append(moments.sum[row, column].bitPattern) }
      }
      let bytes = [UInt8](unsafeUninitializedCapacity: 8 * words.count) { buffer, count in
        let target = UnsafeMutableRawBufferPointer(buffer)
        for (index, word) in words.enumerated() {
          target.storeBytes(of: word.littleEndian, toByteOffset: 8 * index, as: UInt64.self)
        }
        count = 8 * words.count
      }
      return (Self.fileName(of: place), bytes)
    }.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  /// - Throws: ``EditingError/badCovariance`` when a name, a length or a number is not of the form.
  package init(encodedFiles: [(name: String, bytes: [UInt8])]) throws {
    var moments: [KeyPlace: Moments] = [:]
    for file in encodedFiles {
      guard let place = KeyPlace(name: file.name), file.bytes.count >= 16 else {
        throw EditingError.badCovariance
      }
      let (rows, sum) = try file.bytes.withUnsafeBytes { try Self.triangle($0) }
      moments[place] = Moments(rows: rows, sum: sum)
    }
    self.init(moments)
  }

  private static func triangle(
    _ bytes: UnsafeRawBufferPointer
  ) throws -> (rows: Int, sum: DoubleMatrix) {
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
    return (rows, sum)
  }
}

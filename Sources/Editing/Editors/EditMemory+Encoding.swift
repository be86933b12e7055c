import LanguageModel
import ModelStore
import ObjectModel
import Tensors

/// The stored form of a memory: a file for each place, named `<layer>.<input>`, that holds the element
/// type as one byte (0 for F32, 1 for BF16, 2 for F16), seven zero bytes, rows and columns as 64-bit
/// integers and then the keys row after row, all little-endian.
extension EditMemory {
  private static let headerBytes = 24
  private static let types: [ElementType] = [.float32, .bfloat16, .float16]

  /// The files, in the order of their names.
  package var encodedFiles: [(name: String, bytes: [UInt8])] {
    places.compactMap { place in
      guard let stored = keys[place], let type = Self.types.firstIndex(of: stored.elementType)
      else { return nil }
      var bytes: [UInt8] = [UInt8(type), 0, 0, 0, 0, 0, 0, 0]
      for number in [stored.rows, stored.columns] { bytes += UInt64(number).littleEndianBytes }
      return (place.name, bytes + stored.bytes)
    }.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  /// - Throws: ``EditingError/badMemory`` when a name, a length or a number is not of the form.
  package init(encodedFiles: [(name: String, bytes: [UInt8])]) throws {
    var keys: [KeyPlace: StoredFactor] = [:]
    for file in encodedFiles {
      guard let place = KeyPlace(name: file.name), file.bytes.count >= Self.headerBytes,
        Self.types.indices.contains(Int(file.bytes[0])), file.bytes[1..<8].allSatisfy({ $0 == 0 })
      else { throw EditingError.badMemory }
      func number(at start: Int) -> UInt64 {
        UInt64(littleEndianBytes: file.bytes[start..<start + 8])
      }
      guard let rows = Int(exactly: number(at: 8)), let columns = Int(exactly: number(at: 16)),
        columns > 0,
        let stored = try? StoredFactor(
          elementType: Self.types[Int(file.bytes[0])], rows: rows, columns: columns,
          bytes: Array(file.bytes.dropFirst(Self.headerBytes)))
      else { throw EditingError.badMemory }
      keys[place] = stored
    }
    self.init(keys)
  }
}

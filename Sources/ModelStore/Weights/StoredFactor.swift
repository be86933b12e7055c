package import Tensors

/// One factor of a low-rank delta in its stored form: what is kept, hashed and applied.
package struct StoredFactor: Sendable, Equatable {
  /// F32, BF16 or F16.
  package let elementType: ElementType
  package let rows: Int
  package let columns: Int
  /// Little-endian, row-major.
  package let bytes: [UInt8]

  /// Quantises a factor: round to nearest, ties to even.
  ///
  /// - Throws: ``ModelStoreError/factorNotFinite`` when an element is infinite or NaN, before or
  ///   after narrowing, and ``Tensors/TensorError/notAWeightType(_:)`` for other element types.
  package init(quantizing matrix: Matrix, as elementType: ElementType) throws {
    try self.init(
      elementType: elementType, rows: matrix.rows, columns: matrix.columns,
      bytes: matrix.elements.withUnsafeBufferPointer {
        try Narrowing.bytes(of: $0, as: elementType)
      })
  }

  /// A factor as read from a file or a store.
  ///
  /// - Throws: ``ModelStoreError/factorNotFinite``,
  ///   ``ModelStoreError/wrongFactorLength(expected:found:)`` and
  ///   ``Tensors/TensorError/notAWeightType(_:)`` for any type but F32, BF16 and F16.
  package init(elementType: ElementType, rows: Int, columns: Int, bytes: [UInt8]) throws {
    guard [.float32, .bfloat16, .float16].contains(elementType) else {
      throw TensorError.notAWeightType(elementType)
    }
    let (count, overflow) = rows.multipliedReportingOverflow(by: columns)
    guard !overflow, let expected = elementType.byteCount(elements: count),
      expected == bytes.count
    else {
      throw ModelStoreError.wrongFactorLength(
        expected: elementType.byteCount(elements: count) ?? 0, found: bytes.count)
    }
    self.elementType = elementType
    self.rows = rows
    self.columns = columns
    self.bytes = bytes
    guard bytes.withUnsafeBytes({ FloatingBytes.areFinite($0, elementType) }) else {
      throw ModelStoreError.factorNotFinite
    }
  }

  /// A view for the kernels.
  package func view() throws -> WeightView {
    let storage = ByteStorage(copying: bytes)
    return try WeightView(
      elementType: elementType, rows: rows, columns: columns, parts: [storage.bytes],
      owner: storage)
  }
}

/// A low-rank change of one weight matrix: `W + U·V`.
package struct LowRankUpdate: Sendable, Equatable {
  /// The weight's name.
  package let tensor: String
  /// `out×r`.
  package let u: StoredFactor
  /// `r×in`.
  package let v: StoredFactor

  /// - Throws: ``ModelStoreError/ranksDisagree(tensor:u:v:)``.
  package init(tensor: String, u: StoredFactor, v: StoredFactor) throws {
    guard u.columns == v.rows else {
      throw ModelStoreError.ranksDisagree(tensor: tensor, u: u.columns, v: v.rows)
    }
    self.tensor = tensor
    self.u = u
    self.v = v
  }

  package var rank: Int { u.columns }

  /// Of the matrix: out and in.
  var outerSizes: [Int] { [u.rows, v.columns] }

  /// Bytes of both factors as they are stored.
  package var byteCount: Int { u.bytes.count + v.bytes.count }
}

/// Bytes at an address that stays, for views.
///
/// Sendable because nothing writes the memory after `init`.
final class ByteStorage: @unchecked Sendable {
  let bytes: UnsafeRawBufferPointer

  init(copying source: [UInt8]) {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: source.count, alignment: 64)
    memory.copyBytes(from: source)
    bytes = UnsafeRawBufferPointer(memory)
  }

  deinit {
    bytes.deallocate()
  }
}

import ObjectModel
import ObjectStore
import Tensors

/// A delta's change of one tensor, read where it lies, in the form in which it is applied.
enum StoredChange {
  /// `out×r` and `r×in`.
  case lowRank(u: WeightView, v: WeightView)
  /// Increasing indices into the elements in row order, and as many numbers, in one row.
  case sparse(shape: [Int], indices: [Int], values: WeightView)
  /// The whole tensor.
  case replacement(shape: [Int], WeightView)

  /// Applies the change to the numbers of a tensor, in place. Low-rank: for every rank index `p` ascending
  /// `W[i,j] = fma(U[i,p], V[p,j], W[i,j])`. Sparse: `W[i] = W[i] + value`, rounded once. Replacement: the
  /// numbers widened to binary32, whatever was there.
  ///
  /// - Throws: ``ModelStoreError/deltaDoesNotFit(tensor:expected:found:)`` where its shape is another,
  ///   ``ModelStoreError/notAWeightMatrix(tensor:shape:)`` for factors on a tensor that is no matrix.
  /// - Complexity: O(elements · rank), O(indices), O(elements).
  func apply(
    to tensor: FloatBuffer, named name: String, shape: [Int], compute: Compute
  ) throws {
    if case .lowRank = self, shape.count != 2 {
      throw ModelStoreError.notAWeightMatrix(tensor: name, shape: shape)
    }
    guard shape == self.shape else {
      throw ModelStoreError.deltaDoesNotFit(tensor: name, expected: shape, found: self.shape)
    }
    switch self {
    case .lowRank(let u, let v): compute.addProduct(u, v, to: tensor)
    case .sparse(_, let indices, let values):
      let numbers = compute.widened(values).elements
      for (index, number) in zip(indices, numbers) { tensor.pointer[index] += number }
    case .replacement(_, let view):
      compute.widen(view, into: tensor)
    }
  }

  private var shape: [Int] {
    switch self {
    case .lowRank(let u, let v): [u.rows, v.columns]
    case .sparse(let shape, _, _), .replacement(let shape, _): shape
    }
  }
}

extension Delta.Form {
  /// The change with its bytes, as they lie in the store.
  ///
  /// - Parameter tensor: the name to tell errors by.
  /// - Throws: ``ModelStoreError/malformedIndices(tensor:)``, ``ObjectStore/ObjectStoreError``.
  func change(of tensor: String, in snapshot: ReadSnapshot) throws -> StoredChange {
    switch self {
    case .lowRank(let factors):
      let (u, v) = try factors.views(in: snapshot)
      return .lowRank(u: u, v: v)
    case .sparse(let sparse):
      let values = StoredBytes(segments: try snapshot.segments(of: sparse.values), owner: snapshot)
      return .sparse(
        shape: sparse.shape, indices: try sparse.decodedIndices(tensor, in: snapshot),
        values: try values.view(
          elementType: sparse.elementType, rows: 1, columns: sparse.count))
    case .replacement(let replacement):
      let bytes = StoredBytes(
        segments: try snapshot.segments(of: replacement.data), owner: snapshot)
      let shape = MatrixShape(replacement.shape)
      return .replacement(
        shape: replacement.shape,
        try bytes.view(
          elementType: replacement.elementType, rows: shape.rows, columns: shape.columns))
    }
  }
}

extension Delta.Sparse {
  /// The indices, which must increase and be those of elements.
  func decodedIndices(
    _ tensor: String, in snapshot: ReadSnapshot
  ) throws -> [Int] {
    guard let width = indexBytes, let elements = elementCount(ofShape: shape) else {
      throw ModelStoreError.malformedIndices(tensor: tensor)
    }
    let bytes = try snapshot.readBlob(indices)
    guard bytes.count == width * count else {
      throw ModelStoreError.malformedIndices(tensor: tensor)
    }
    var decoded: [Int] = []
    decoded.reserveCapacity(count)
    try bytes.withUnsafeBytes { raw in
      for place in 0..<count {
        let index =
          width == 4
          ? Int(UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: 4 * place, as: UInt32.self)))
          : Int(
            clamping: UInt64(
              littleEndian: raw.loadUnaligned(fromByteOffset: 8 * place, as: UInt64.self)))
        guard index < elements, index > decoded.last ?? -1 else {
          throw ModelStoreError.malformedIndices(tensor: tensor)
        }
        decoded.append(index)
      }
    }
    return decoded
  }
}

package import ObjectModel
package import ObjectStore
import Tensors

/// What can be made of low-rank updates without a rounding: sums and halves.
extension LowRankUpdate {
  /// One update that does what several of one matrix do one after the other, to the bit: its factors are
  /// theirs side by side (`U`) and one below the other (`V`), so that every rank index comes in the same
  /// order. Where they differ in type, they are widened to binary32, which changes no value.
  ///
  /// - Parameter updates: of one matrix, in the order in which they are applied; not empty.
  /// - Returns: `nil` for no updates.
  /// - Throws: ``ModelStoreError/deltaDoesNotFit(tensor:expected:found:)`` where they are of different sizes,
  ///   ``ModelStoreError/factorNotFinite``.
  package static func concatenated(_ updates: [LowRankUpdate]) throws -> LowRankUpdate? {
    guard let first = updates.first else { return nil }
    for update in updates where update.outerSizes != first.outerSizes {
      throw ModelStoreError.deltaDoesNotFit(
        tensor: first.tensor, expected: first.outerSizes, found: update.outerSizes)
    }
    let types = Set(updates.flatMap { [$0.u.elementType, $0.v.elementType] })
    let type = types.count == 1 ? first.u.elementType : .float32
    let lefts = try updates.map { try $0.u.widened(to: type) }
    let rank = updates.reduce(0) { $0 + $1.rank }
    var left: [UInt8] = []
    left.reserveCapacity(lefts.reduce(0) { $0 + $1.bytes.count })
    for row in 0..<first.u.rows {
      for factor in lefts {
        left += factor.bytes[row * factor.rowBytes..<(row + 1) * factor.rowBytes]
      }
    }
    return try LowRankUpdate(
      tensor: first.tensor,
      u: try StoredFactor(elementType: type, rows: first.u.rows, columns: rank, bytes: left),
      v: try StoredFactor(
        elementType: type, rows: rank, columns: first.v.columns,
        bytes: try updates.flatMap { try $0.v.widened(to: type).bytes }))
  }

  /// The update at half its size: `U/2` and the same `V`. Halving is exact, but for numbers at the lower
  /// end of the factors' type; where there are such, both factors become binary32.
  ///
  /// - Throws: ``ModelStoreError/factorNotFinite``.
  package func halved() throws -> LowRankUpdate {
    let half = try u.multiplied(by: 0.5, as: u.elementType)
    let isExact = try half.multiplied(by: 2, as: u.elementType).bytes == u.bytes
    return try LowRankUpdate(
      tensor: tensor, u: isExact ? half : try u.multiplied(by: 0.5, as: .float32),
      v: isExact ? v : try v.widened(to: .float32))
  }
}

extension StoredFactor {
  /// The factor times a number, rounded to a type.
  ///
  /// - Throws: ``ModelStoreError/factorNotFinite``.
  func multiplied(by factor: Float, as type: ElementType) throws -> StoredFactor {
    var matrix = try Compute(threads: 1).widened(try view())
    for index in matrix.elements.indices { matrix.elements[index] *= factor }
    return try StoredFactor(quantizing: matrix, as: type)
  }
}

extension ObjectStore {
  /// Stores a delta at half its size. Where several are to be halved, ``requireHalf(of:)`` tells beforehand
  /// whether all can be.
  ///
  /// - Throws: ``ModelStoreError/replacementHasNoHalf(tensor:)``; as ``loadDelta(_:)`` and
  ///   ``storeDelta(_:for:)``.
  package func storeHalf(of delta: DeltaID, for model: StoredModel) throws -> DeltaID {
    var (updates, others): ([LowRankUpdate], [Delta.TensorChange]) = ([], [])
    for change in try loadDelta(delta) {
      switch change {
      case .lowRank(let update): updates.append(try update.halved())
      case .sparse(let update):
        others.append(.init(tensor: update.tensor, form: .sparse(try write(update.halved()))))
      case .replacement: throw ModelStoreError.replacementHasNoHalf(tensor: change.tensor)
      }
    }
    return try put(Delta(changes: writeChanges(updates, for: model) + others))
  }

  /// Makes sure that a delta has a half.
  ///
  /// - Throws: ``ModelStoreError/replacementHasNoHalf(tensor:)``, ``ObjectStore/ObjectStoreError``.
  package func requireHalf(of delta: DeltaID) throws {
    for change in try snapshot().object(delta).changes {
      if case .replacement = change.form {
        throw ModelStoreError.replacementHasNoHalf(tensor: change.tensor)
      }
    }
  }
}

package import ObjectModel
package import ObjectStore
import Tensors

/// A delta that does what deltas of a chain, one after the other, do, to the bit.
///
/// Of each tensor it has low-rank changes as one of all their ranks, or sparse changes of different elements
/// as one. Nothing else is put together: two additions to an element round twice, and what a replacement
/// hides shows again where that is reverted.
package struct JoinedDelta: Sendable {
  /// A change of one tensor, or several in one.
  package enum Part: Sendable {
    case lowRank(LowRankUpdate)
    case sparse(SparseUpdate)
    /// One as it lies in the store.
    case stored(Delta.TensorChange)

    /// Bytes of the part's numbers as they are stored.
    package var byteCount: Int {
      switch self {
      case .lowRank(let update): update.byteCount
      case .sparse(let update): update.byteCount
      case .stored(let change): change.byteCount
      }
    }
  }

  /// Which of the deltas, as they were given, it stands for.
  package let sources: Range<Int>
  /// Bytes of the numbers of those.
  package let sourceBytes: Int
  /// Sorted by tensor.
  package let parts: [Part]
  /// The delta that this is, where it stands for one alone.
  fileprivate let whole: DeltaID?

  /// The parts that are factors.
  package var lowRankUpdates: [LowRankUpdate] {
    parts.compactMap { part in
      if case .lowRank(let update) = part { update } else { nil }
    }
  }

  /// The same with other factors in the place of those there are; `nil` drops a part.
  package func replacingLowRank(
    _ other: (LowRankUpdate) throws -> LowRankUpdate?
  ) rethrows -> JoinedDelta {
    var isSame = true
    let parts: [Part] = try parts.compactMap { part in
      guard case .lowRank(let update) = part else { return part }
      let changed = try other(update)
      isSame = isSame && changed == update
      return changed.map(Part.lowRank)
    }
    return JoinedDelta(
      sources: sources, sourceBytes: sourceBytes, parts: parts, whole: isSame ? whole : nil)
  }
}

extension ObjectStore {
  /// What deltas do one after the other, in deltas of which each takes in as many as it can.
  ///
  /// - Parameters:
  ///   - deltas: in the order in which they are applied.
  ///   - model: whose tensors they change.
  /// - Throws: ``ModelStoreError/unknownWeight(tensor:)`` and
  ///   ``ModelStoreError/deltaDoesNotFit(tensor:expected:found:)`` for what is not of the model,
  ///   ``ModelStoreError/factorNotFinite``, ``ModelStoreError/malformedIndices(tensor:)``,
  ///   ``ObjectStore/ObjectStoreError``.
  /// - Complexity: O(bytes of the deltas) in time and memory.
  package func joining(
    _ deltas: [DeltaID], for model: StoredModel
  ) throws -> [JoinedDelta] {
    let snapshot = try snapshot()
    var joined: [JoinedDelta] = []
    var run = DeltaRun(startingAt: 0)
    for (place, id) in deltas.enumerated() {
      let delta = try snapshot.object(id)
      for change in delta.changes { try change.requireFit(model) }
      if try !run.take(delta, from: snapshot) {
        joined.append(try run.joined(of: deltas, from: snapshot))
        run = DeltaRun(startingAt: place)
        _ = try run.take(delta, from: snapshot)
      }
    }
    if !deltas.isEmpty { joined.append(try run.joined(of: deltas, from: snapshot)) }
    return joined
  }

  /// Stores a joined delta.
  ///
  /// - Returns: `nil` where no part is left. A delta that stands for one alone is that one.
  /// - Throws: as ``storeDelta(_:for:)``.
  package func store(_ joined: JoinedDelta, for model: StoredModel) throws -> DeltaID? {
    if let whole = joined.whole { return whole }
    guard !joined.parts.isEmpty else { return nil }
    var others: [Delta.TensorChange] = []
    for part in joined.parts {
      switch part {
      case .lowRank: continue
      case .sparse(let update):
        others.append(.init(tensor: update.tensor, form: .sparse(try write(update))))
      case .stored(let change): others.append(change)
      }
    }
    return try put(Delta(changes: writeChanges(joined.lowRankUpdates, for: model) + others))
  }
}

extension Delta.TensorChange {
  /// Bytes of the numbers as they are stored.
  var byteCount: Int { form.blobs.reduce(0) { $0 + $1.byteCount } }

  /// - Throws: ``ModelStoreError/unknownWeight(tensor:)``,
  ///   ``ModelStoreError/deltaDoesNotFit(tensor:expected:found:)``.
  fileprivate func requireFit(_ model: StoredModel) throws {
    let expected = try model.tensor(named: tensor).shape
    let found =
      switch form {
      case .lowRank(let factors): [factors.out, factors.in]
      case .sparse(let sparse): sparse.shape
      case .replacement(let replacement): replacement.shape
      }
    guard found == expected else {
      throw ModelStoreError.deltaDoesNotFit(tensor: tensor, expected: expected, found: found)
    }
  }
}

/// Deltas that follow one another and can be one.
private struct DeltaRun {
  private var sources: Range<Int>
  private var sourceBytes = 0
  /// By tensor; of more than one all are low-rank, or all are sparse with no element in common.
  private var changes: [String: [Delta.TensorChange]] = [:]
  /// The elements of sparse changes, increasing.
  private var elements: [String: [Int]] = [:]

  init(startingAt place: Int) {
    sources = place..<place
  }

  /// Takes in the next delta, where that can be.
  mutating func take(_ delta: Delta, from snapshot: ReadSnapshot) throws -> Bool {
    var merged = elements
    for change in delta.changes {
      let former = changes[change.tensor]?.last?.form
      switch (former, change.form) {
      case (nil, .sparse(let sparse)):
        merged[change.tensor] = try sparse.decodedIndices(change.tensor, in: snapshot)
      case (nil, _), (.lowRank, .lowRank):
        continue
      case (.sparse, .sparse(let sparse)):
        let added = try sparse.decodedIndices(change.tensor, in: snapshot)
        guard let both = Self.merging(elements[change.tensor] ?? [], added) else { return false }
        merged[change.tensor] = both
      default:
        return false
      }
    }
    elements = merged
    for change in delta.changes {
      changes[change.tensor, default: []].append(change)
      sourceBytes += change.byteCount
    }
    sources = sources.lowerBound..<sources.upperBound + 1
    return true
  }

  /// Two increasing rows as one; `nil` where they have a number in common.
  private static func merging(_ first: [Int], _ second: [Int]) -> [Int]? {
    var merged: [Int] = []
    merged.reserveCapacity(first.count + second.count)
    var (left, right) = (first[...], second[...])
    while let a = left.first, let b = right.first {
      if a == b { return nil }
      merged.append(a < b ? left.removeFirst() : right.removeFirst())
    }
    return merged + left + right
  }

  func joined(of deltas: [DeltaID], from snapshot: ReadSnapshot) throws -> JoinedDelta {
    JoinedDelta(
      sources: sources, sourceBytes: sourceBytes,
      parts: try changes.keys.sorted(by: precedesInUTF8).compactMap { tensor in
        try Self.part(of: changes[tensor] ?? [], from: snapshot)
      },
      whole: sources.count == 1 ? deltas[sources.lowerBound] : nil)
  }

  private static func part(
    of changes: [Delta.TensorChange], from snapshot: ReadSnapshot
  ) throws -> JoinedDelta.Part? {
    var (updates, numbers): ([LowRankUpdate], [(index: Int, value: Float)]) = ([], [])
    for change in changes {
      switch change.form {
      case .lowRank(let factors):
        updates.append(try LowRankUpdate(tensor: change.tensor, factors, in: snapshot))
      case .sparse(let sparse) where changes.count > 1:
        let update = try SparseUpdate(tensor: change.tensor, sparse, in: snapshot)
        numbers += zip(update.indices, update.values).map { ($0, $1) }
      case .sparse, .replacement:
        return .stored(change)
      }
    }
    if let whole = try LowRankUpdate.concatenated(updates) { return .lowRank(whole) }
    guard let first = changes.first, case .sparse(let sparse) = first.form else { return nil }
    numbers.sort { $0.index < $1.index }
    return .sparse(
      SparseUpdate(
        tensor: first.tensor, shape: sparse.shape, indices: numbers.map(\.index),
        values: numbers.map(\.value)))
  }
}

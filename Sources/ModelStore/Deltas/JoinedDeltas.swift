package import ObjectModel
package import ObjectStore
import Tensors

/// What several deltas do one after the other, in as few changes of each tensor as do the same to the bit.
///
/// Low-rank changes that follow one another become one. A sparse change stays one of its own, since two
/// additions to an element round twice. What comes before the replacement of a tensor is without effect, and
/// dropped.
package struct JoinedDeltas: Sendable {
  /// A change, or several in one.
  package enum Part: Sendable {
    case lowRank(LowRankUpdate)
    /// A sparse change or a replacement, as it lies in the store.
    case stored(Delta.TensorChange)

    /// Bytes of the part's numbers as they are stored.
    package var byteCount: Int {
      switch self {
      case .lowRank(let update): update.byteCount
      case .stored(let change): change.form.blobs.reduce(0) { $0 + $1.byteCount }
      }
    }
  }

  /// Of each tensor, sorted by name, the parts in the order in which they are applied.
  package let tensors: [(name: String, parts: [Part])]

  package var parts: [Part] { tensors.flatMap(\.parts) }

  /// The parts that are factors.
  package var lowRankUpdates: [LowRankUpdate] {
    parts.compactMap { part in
      if case .lowRank(let update) = part { update } else { nil }
    }
  }

  /// Deltas that it takes to hold the parts: a delta changes a tensor once.
  package var deltaCount: Int { tensors.map(\.parts.count).max() ?? 0 }

  /// The same with other low-rank parts in the place of those there are; `nil` drops one.
  package func replacingLowRank(
    _ other: (LowRankUpdate) throws -> LowRankUpdate?
  ) rethrows -> JoinedDeltas {
    JoinedDeltas(
      tensors: try tensors.map { tensor in
        (
          tensor.name,
          try tensor.parts.compactMap { part in
            guard case .lowRank(let update) = part else { return part }
            return try other(update).map(Part.lowRank)
          }
        )
      })
  }

  /// Parts of every tensor that one delta can hold, in the order in which they are applied: the first of
  /// each, then the second.
  var layers: [[Part]] {
    (0..<deltaCount).map { place in
      tensors.compactMap { $0.parts.indices.contains(place) ? $0.parts[place] : nil }
    }
  }
}

extension ObjectStore {
  /// What deltas do, one after the other.
  ///
  /// - Parameter deltas: in the order in which they are applied.
  /// - Throws: ``ModelStoreError/factorNotFinite``, ``ObjectStore/ObjectStoreError``.
  /// - Complexity: O(bytes of the deltas) in time and memory.
  package func joining(_ deltas: [DeltaID]) throws -> JoinedDeltas {
    let snapshot = try snapshot()
    var sequences: [String: [Delta.TensorChange]] = [:]
    for delta in deltas {
      for change in try snapshot.object(delta).changes {
        if case .replacement = change.form { sequences[change.tensor] = [] }
        sequences[change.tensor, default: []].append(change)
      }
    }
    return JoinedDeltas(
      tensors: try sequences.keys.sorted(by: precedesInUTF8).map { tensor in
        (tensor, try JoinedDeltas.parts(of: sequences[tensor] ?? [], in: snapshot))
      })
  }

  /// Stores the parts in as few deltas as hold them.
  ///
  /// - Returns: in the order in which they are to be applied; none where there is nothing to do.
  /// - Throws: as ``storeDelta(_:for:)``.
  package func store(_ joined: JoinedDeltas, for model: StoredModel) throws -> [DeltaID] {
    try joined.layers.map { layer in
      var (updates, others): ([LowRankUpdate], [Delta.TensorChange]) = ([], [])
      for part in layer {
        switch part {
        case .lowRank(let update): updates.append(update)
        case .stored(let change): others.append(change)
        }
      }
      return try put(Delta(changes: writeChanges(updates, for: model) + others))
    }
  }
}

extension JoinedDeltas {
  fileprivate static func parts(
    of changes: [Delta.TensorChange], in snapshot: ReadSnapshot
  ) throws -> [Part] {
    var parts: [Part] = []
    var run: [LowRankUpdate] = []
    func endRun() throws {
      if let whole = try LowRankUpdate.concatenated(run) { parts.append(.lowRank(whole)) }
      run = []
    }
    for change in changes {
      if case .lowRank(let factors) = change.form {
        run.append(try LowRankUpdate(tensor: change.tensor, factors, in: snapshot))
      } else {
        try endRun()
        parts.append(.stored(change))
      }
    }
    try endRun()
    return parts
  }
}

import ObjectModel

/// Changes of a chain whose new nodes are kept for later.
extension Chain {
  /// The chain without `entry`, or without the newest entry of the same delta where that is not at
  /// its number; the chain itself where there is none.
  func leavingOut(_ entry: ChainEntry, _ nodes: inout PendingNodes) throws -> Chain {
    var place: Int?
    if try delta(at: entry.sequence, source: nodes) == entry.delta {
      place = entry.sequence
    } else {
      try forEachEntry(.newestFirst, source: nodes) { candidate in
        guard candidate.delta == entry.delta else { return true }
        place = candidate.sequence
        return false
      }
    }
    guard let place else { return self }
    return try edited(&nodes) { try $0.omit(place) }
  }

  /// The chain with `entry` at its number again; at the end where another delta has that number.
  func puttingBack(_ entry: ChainEntry, _ nodes: inout PendingNodes) throws -> Chain {
    guard entry.sequence < nextSequence else {
      return try edited(&nodes) { try $0.append(entry.delta) }
    }
    switch try delta(at: entry.sequence, source: nodes) {
    case nil: return try edited(&nodes) { try $0.insert(entry.delta, at: entry.sequence) }
    case entry.delta: return self
    default: return try edited(&nodes) { try $0.append(entry.delta) }
    }
  }

  /// The chain with a delta at its end.
  func appending(_ delta: DeltaID, _ nodes: inout PendingNodes) throws -> Chain {
    try edited(&nodes) { try $0.append(delta) }
  }

  private func edited(
    _ nodes: inout PendingNodes, _ change: (inout ChainEditor) throws -> Void
  ) throws -> Chain {
    var editor = ChainEditor(self, source: nodes)
    try change(&editor)
    let (chain, new) = try editor.finish()
    nodes.add(new)
    return chain
  }
}

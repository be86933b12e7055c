import Ledger
import ObjectModel

extension LedgerView {
  /// The rehearsals that edit in facts of other commits at a revision, the oldest first.
  ///
  /// - Parameter others: what of these stays edited in where their own deltas are taken out.
  /// - Returns: with each, how many of the facts.
  /// - Throws: `ObjectStoreError`.
  /// - Complexity: O(commits that lead there).
  func rehearsals(
    ofFactsIn others: [CommitID], activeAt id: CommitID
  ) throws -> [(commit: CommitID, facts: Int)] {
    let facts = Set(try others.flatMap { try commit($0).edits.map { Fact($0) } })
    guard !facts.isEmpty else { return [] }
    let active = try activeDeltas(of: commit(id))
    let makers = try makers(of: active, in: id)
    var seen: Set<CommitID> = []
    return try active.compactMap { entry in
      guard let maker = makers[entry], seen.insert(maker).inserted else { return nil }
      let rehearsal = try commit(maker)
      guard rehearsal.operation == .rehearse else { return nil }
      let shared = rehearsal.edits.count { facts.contains(Fact($0)) }
      return shared > 0 ? (maker, shared) : nil
    }
  }
}

import Ledger
import ObjectModel

/// The commits along a history at which a model is evaluated.
struct CurvePoints {
  struct Point {
    let id: CommitID
    let commit: Commit
    /// Commits that changed the weights, up to here.
    let number: Int
  }

  /// From the unedited model on, the oldest first.
  let points: [Point]
  /// Commits that changed the weights between one point and the next.
  let step: Int

  /// Points along the first parents of a commit: the unedited model, every `step`-th commit that
  /// changed the weights, and the last one.
  ///
  /// - Parameters:
  ///   - excluded: a commit whose history has no points but the first.
  ///   - step: `nil` chooses one that gives about 20 points.
  /// - Throws: `ObjectStoreError`.
  /// - Complexity: O(commits that lead to either).
  init(
    leadingTo last: CommitID, excluding excluded: CommitID?, every step: Int?, in view: LedgerView
  ) throws {
    var line: [(id: CommitID, commit: Commit)] = []
    var next: CommitID? = last
    while let id = next {
      let commit = try view.commit(id)
      line.append((id, commit))
      next = commit.parents.first
    }
    line.reverse()
    let hidden = Set(try excluded.map { try view.log(from: [$0]).map(\.id) } ?? [])
    var changes: [Point] = []
    var first: Point?
    var chain: ChainID?
    var number = 0
    for (id, commit) in line {
      // A history may begin with edits; the unedited model is what its chain grew from.
      if first == nil { first = Point(id: id, commit: commit, number: 0) }
      guard commit.chain != chain else { continue }
      chain = commit.chain
      number += 1
      if !hidden.contains(id) { changes.append(Point(id: id, commit: commit, number: number)) }
    }
    let stride = max(1, step ?? (changes.count + 19) / 20)
    let chosen = changes.indices.filter {
      ($0 + 1).isMultiple(of: stride) || $0 == changes.count - 1
    }
    self.step = stride
    points = (first.map { [$0] } ?? []) + chosen.map { changes[$0] }
  }
}

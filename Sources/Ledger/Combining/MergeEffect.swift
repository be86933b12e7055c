import ObjectModel

/// What carrying out a planned merge does, worked out without writing anything.
package struct MergeEffect: Sendable, Hashable {
  package enum Step: Sendable, Hashable {
    /// The other side has nothing new.
    case upToDate
    /// The branch moves to the other side's commit.
    case fastForward
    /// A commit of two parents is made.
    case merged
  }

  package let step: Step
  /// How many deltas of the other side come into the current state.
  package let broughtIn: Int
  /// How many deltas go from the current state because the other side has them not; those that the
  /// request leaves out do not count.
  package let takenOut: Int
}

extension MergePlan {
  /// What is done to the references.
  func step(_ request: MergeRequest) -> MergeEffect.Step {
    if isUpToDate { return .upToDate }
    let isPlain = request.strategy == .append && request.leavingOut.isEmpty
    return isFastForward && isPlain && !request.alwaysCommits ? .fastForward : .merged
  }
}

extension Ledger {
  /// What ``merge(_:_:_:)`` would do.
  ///
  /// - Throws: ``ObjectStoreError``.
  /// - Complexity: O(changes on both sides · log n).
  package func effect(of plan: MergePlan, _ request: MergeRequest) throws -> MergeEffect {
    let step = plan.step(request)
    guard step != .upToDate else { return MergeEffect(step: step, broughtIn: 0, takenOut: 0) }
    let view = try view()
    var line = try line(on: plan.ours, in: view)
    let before = line.chain
    let after = try merge(plan, request, on: &line)
    let broughtIn =
      request.strategy == .ours
      ? 0 : plan.theirEntries.count { !request.leavingOut.contains($0) }
    let leftOut =
      request.strategy == .ours || request.strategy == .theirs
      ? 0 : plan.ourEntries.count { request.leavingOut.contains($0) }
    return MergeEffect(
      step: step, broughtIn: broughtIn,
      takenOut: before.activeCount + broughtIn - after.activeCount - leftOut)
  }
}

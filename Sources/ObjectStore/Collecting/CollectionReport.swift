/// What a collection found and took out.
package struct CollectionReport: Hashable, Sendable {
  /// Things of one kind, and their bytes.
  package struct Amount: Hashable, Sendable {
    package internal(set) var objects = 0
    package internal(set) var chunks = 0
    package internal(set) var bytes = 0
  }

  /// What references and recent operations lead to.
  package internal(set) var kept = Amount()
  /// What nothing leads to, but has not been so for long enough.
  package internal(set) var waiting = Amount()
  /// What was taken out, or would be.
  package internal(set) var removed = Amount()
  /// Snapshots of states that no reference goes on from.
  package var idleSnapshots = 0
  /// When the first of what waits may go, in seconds since 1970.
  package internal(set) var nextDue: Int?
}

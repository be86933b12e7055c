import ObjectModel

/// A commit that a walk through history is still to come to. The order is newest first and, among those
/// of one second, by name, so that walks are always the same.
struct CommitByAge: Comparable {
  let time: Int
  let id: CommitID

  static func < (left: Self, right: Self) -> Bool {
    left.time != right.time ? left.time > right.time : left.id < right.id
  }
}

/// What mending a store has done.
package struct MendingReport: Sendable, Hashable {
  /// What is there again as its name says.
  package internal(set) var mended: [StoredItem] = []
  /// Damaged things that nothing leads to or that can be derived again, taken out.
  package internal(set) var dropped: [StoredItem] = []
  /// Chunks that a source had under their names, while the data that names them has another SHA-256.
  package internal(set) var refused: [StoredItem] = []

  package init() {}
}

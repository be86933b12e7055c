/// How much is in a store.
package struct StoreStatistics: Hashable, Sendable {
  package let chunkCount: Int
  package let objectCount: Int
  package let referenceCount: Int
  package let operationCount: Int
  /// Bytes of the data file up to its last page in use.
  package let fileBytes: Int
}

extension ObjectStore {
  /// How much is in the store now.
  ///
  /// - Complexity: O(1).
  package func statistics() throws -> StoreStatistics {
    let snapshot = try snapshot()
    return StoreStatistics(
      chunkCount: try snapshot.count(.chunks), objectCount: try snapshot.count(.objects),
      referenceCount: try snapshot.count(.references),
      operationCount: try snapshot.count(.operations),
      fileBytes: try openEnvironment().usedBytes)
  }
}

import Synchronization

/// Something folded over the keys of a chain's batches in order. It keeps the value at the last point of
/// a chain, which the next one mostly extends; else it folds from the start, which gives the same bits.
final class KeyFold<Value: Sendable>: Sendable {
  private let start: Value
  private let remember: @Sendable (inout Value, EditMemory) throws -> Void
  private let last: Mutex<(batches: [KeyMemory.Batch], value: Value)>

  /// - Parameter remember: takes a batch into the value.
  init(
    from start: Value, remember: @escaping @Sendable (inout Value, EditMemory) throws -> Void
  ) {
    self.start = start
    self.remember = remember
    last = Mutex(([], start))
  }

  /// - Throws: what reading a batch's keys or remembering them throws.
  /// - Complexity: that of remembering each batch which the last call had not.
  func value(after memory: KeyMemory) throws -> Value {
    try last.withLock { last in
      if !memory.batches.starts(with: last.batches, by: ===) { last = ([], start) }
      do {
        for batch in memory.batches[last.batches.count...] {
          try remember(&last.value, batch.keys())
          last.batches.append(batch)
        }
      } catch {
        // A batch may have been taken in by half.
        last = ([], start)
        throw error
      }
      return last.value
    }
  }
}

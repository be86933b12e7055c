import Synchronization

/// Something folded over the keys of a chain's batches in order. It keeps the value at the last point of
/// a chain, which the next one mostly extends; else it folds from the start, which gives the same bits.
final class KeyFold<Value: Sendable>: Sendable {
  private struct State {
    var batches: [KeyMemory.Batch] = []
    /// After the batches.
    var value: Value?
    /// Kept once it had to be made: whoever extends one chain needs it once, and it may be large.
    var start: Value?
  }

  private let makeStart: @Sendable () throws -> Value
  private let remember: @Sendable (inout Value, EditMemory) throws -> Void
  private let state: Mutex<State>

  /// - Parameters:
  ///   - known: what `start` gives, where it is at hand.
  ///   - start: makes the value that nothing is taken into yet, the same every time.
  ///   - remember: takes a batch into the value.
  init(
    known: Value? = nil, from start: @escaping @Sendable () throws -> Value,
    remembering remember: @escaping @Sendable (inout Value, EditMemory) throws -> Void
  ) {
    makeStart = start
    self.remember = remember
    state = Mutex(State(value: known))
  }

  /// - Throws: what making the start, reading a batch's keys or remembering them throws.
  /// - Complexity: that of remembering each batch which the last call had not; once with that of the start.
  func value(after memory: KeyMemory) throws -> Value {
    try state.withLock { state in
      let goesOn = memory.batches.starts(with: state.batches, by: ===)
      let taken = goesOn ? state.batches.count : 0
      var known = goesOn ? state.value.take() : nil
      // Where a batch cannot be taken in, it may have been by half. And nothing else has the value while it
      // changes, so that there are never two.
      (state.batches, state.value) = ([], nil)
      var value = try known.take() ?? start(&state)
      for batch in memory.batches[taken...] { try remember(&value, batch.keys()) }
      (state.batches, state.value) = (memory.batches, value)
      return value
    }
  }

  private func start(_ state: inout State) throws -> Value {
    let start = try state.start ?? makeStart()
    state.start = start
    return start
  }
}

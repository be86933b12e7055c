internal import CKernels
internal import Dispatch
internal import Synchronization

/// How kernels run: on which instruction set and over how many threads. Neither changes a bit.
package struct Compute: Sendable {
  package let instructionSet: InstructionSet
  /// Threads at most; at least 1.
  package let threads: Int
  let kernels: Kernels
  private let team: ThreadTeam?

  /// - Throws: ``TensorError/instructionSetUnavailable(_:)``.
  package init(instructionSet: InstructionSet = .fastest, threads: Int) throws {
    guard let table = ck_kernels_for(instructionSet.code) else {
      throw TensorError.instructionSetUnavailable(instructionSet)
    }
    self.instructionSet = instructionSet
    self.threads = max(1, threads)
    kernels = Kernels(table: table)
    team = ThreadTeam.of(self.threads)
  }

  /// Calls `body` for ranges that cut `0..<count` into about equal parts of a multiple of `grain`
  /// items, on several threads when that is worth it. Work is split over outputs only, so how it is
  /// cut cannot be seen in a result.
  package func parallel(
    _ count: Int, grain: Int = 1, _ body: @Sendable (Range<Int>) -> Void
  ) {
    guard count > 0 else { return }
    let grains = (count + grain - 1) / grain
    // A few parts a thread even out their differing speeds; one thread needs no cut.
    let parts = threads == 1 ? 1 : min(grains, threads * 4)
    guard parts > 1 else {
      body(0..<count)
      return
    }
    @Sendable func run(_ part: Int) {
      let first = grains * part / parts * grain
      let last = min(count, grains * (part + 1) / parts * grain)
      if first < last { body(first..<last) }
    }
    if team?.run(parts, run) ?? false { return }
    // The team is at something else, which this may be a part of. Dispatch uses every core; fewer threads
    // are had by having fewer tasks, each of which takes parts for as long as there are any: a task that
    // starts late does less.
    let next = Atomic(0)
    DispatchQueue.concurrentPerform(iterations: min(threads, parts)) { _ in
      while true {
        let part = next.add(1, ordering: .relaxed).oldValue
        guard part < parts else { return }
        run(part)
      }
    }
  }
}

/// A table of kernels.
///
/// Sendable although it holds a pointer: the table is a constant of the program.
struct Kernels: @unchecked Sendable {
  let table: UnsafePointer<ck_kernels>

  var pointee: ck_kernels { table.pointee }
}

/// A pointer that tasks of one ``Compute/parallel(_:grain:_:)`` share, each touching outputs of its
/// own.
///
/// Sendable because the split over outputs keeps their writes apart and the call outlives the tasks.
struct Shared<Pointer>: @unchecked Sendable {
  let pointer: Pointer

  init(_ pointer: Pointer) {
    self.pointer = pointer
  }
}

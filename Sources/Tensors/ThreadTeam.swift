internal import CKernels
internal import Dispatch
internal import Foundation
internal import Synchronization

/// Threads that stand by for short pieces of work.
///
/// A pass over a model is thousands of pieces of a tenth of a millisecond to a few milliseconds each.
/// Waking a sleeping thread takes a good part of that, so those of a team look out for the next piece for
/// a while before they sleep.
///
/// `@unchecked Sendable`: `body`, `parts` and `isStarted` are written by the thread that holds `isBusy`
/// alone, the first two while `entrance` is closed and nobody is inside; opening it publishes them.
final class ThreadTeam: @unchecked Sendable {
  /// Looks at what is waited for, some 50 ns each, before a thread gives up its core.
  private static let patience = 2000
  /// More than there can be threads.
  private static let closed = 1 << 32
  private static let teams = Mutex<[Int: ThreadTeam]>([:])

  private let helpers: Int
  private let isBusy = Atomic(false)
  /// Helpers that are at the piece at hand; less ``closed`` while there is none to go to.
  private let entrance = Atomic(-closed)
  /// Pieces that there have been.
  private let pieces = Atomic(0)
  private let nextPart = Atomic(0)
  /// Helpers that wait for the bell. Too many may be counted: a helper that wakes for nothing sleeps on.
  private let sleepers = Atomic(0)
  private let bell = DispatchSemaphore(value: 0)
  private var isStarted = false
  private var parts = 0
  private var body: (@Sendable (Int) -> Void)?

  /// The team of so many threads, but no more than there are cores, that of the caller among them; `nil`
  /// where it would be alone. Whoever looks out on a core that another thread needs holds up what it looks
  /// out for.
  static func of(_ threads: Int) -> ThreadTeam? {
    let threads = min(threads, ProcessInfo.processInfo.activeProcessorCount)
    guard threads > 1 else { return nil }
    return teams.withLock { teams in
      let team = teams[threads] ?? ThreadTeam(helpers: threads - 1)
      teams[threads] = team
      return team
    }
  }

  private init(helpers: Int) { self.helpers = helpers }

  /// Calls `body` for `0..<parts`, each by whichever thread is free.
  ///
  /// - Returns: `false`, with nothing done, where the team is at another piece.
  func run(_ parts: Int, _ body: @Sendable (Int) -> Void) -> Bool {
    guard
      isBusy.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged
    else { return false }
    defer { isBusy.store(false, ordering: .releasing) }
    start()
    withoutActuallyEscaping(body) { body in
      self.body = body
      self.parts = parts
      nextPart.store(0, ordering: .relaxed)
      entrance.add(Self.closed, ordering: .releasing)
      pieces.add(1, ordering: .sequentiallyConsistent)
      for _ in 0..<sleepers.exchange(0, ordering: .sequentiallyConsistent) { bell.signal() }
      takeParts(body, of: parts)
      entrance.subtract(Self.closed, ordering: .acquiringAndReleasing)
      var looks = 0
      while entrance.load(ordering: .acquiring) != -Self.closed {
        looks += 1
        if looks < Self.patience { ck_relax() } else { sched_yield() }
      }
      self.body = nil
    }
    return true
  }

  private func start() {
    guard !isStarted else { return }
    isStarted = true
    for _ in 0..<helpers {
      let thread = Thread { self.help() }
      thread.name = "tensors"
      thread.stackSize = 1 << 20
      thread.start()
    }
  }

  private func help() {
    var seen = 0
    while true {
      seen = piece(after: seen)
      // Where the piece has been closed meanwhile, there is nothing to do.
      if entrance.add(1, ordering: .acquiring).newValue > 0 { assist() }
      entrance.subtract(1, ordering: .releasing)
    }
  }

  /// A function of its own, so that what it holds of the piece is let go before the helper leaves.
  @inline(never)
  private func assist() {
    if let body { takeParts(body, of: parts) }
  }

  private func takeParts(_ body: @Sendable (Int) -> Void, of parts: Int) {
    while true {
      let part = nextPart.add(1, ordering: .relaxed).oldValue
      guard part < parts else { return }
      body(part)
    }
  }

  /// Waits until there have been more pieces than `seen`.
  private func piece(after seen: Int) -> Int {
    var looks = 0
    while true {
      let now = pieces.load(ordering: .acquiring)
      if now != seen { return now }
      looks += 1
      if looks < Self.patience {
        ck_relax()
        continue
      }
      // Either this thread sees the next piece or who brings it sees this thread.
      sleepers.add(1, ordering: .sequentiallyConsistent)
      if pieces.load(ordering: .sequentiallyConsistent) == seen { bell.wait() }
      looks = 0
    }
  }
}

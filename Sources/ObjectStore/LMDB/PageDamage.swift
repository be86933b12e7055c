import CLMDB
import Foundation
import Synchronization

/// Damage to the store's file that shows by no error: LMDB finds it by assertion, or is led by it out of
/// the file or into pages that it must not write to. All of it ends the process, since nobody can know what
/// else is wrong. Nothing is written then.
package enum PageDamage {
  private static let handler = Mutex<(@Sendable (_ evidence: String) -> Void)?>(nil)

  /// Sets what is called just before the process ends, in every store opened from now on. It may end
  /// the process itself.
  package static func beforeEnding(_ body: @escaping @Sendable (_ evidence: String) -> Void) {
    handler.withLock { $0 = body }
    // A read of a mapped file past its end, or of a part that the disk cannot read.
    watch(SIGBUS)
    // A write into the map, which is for reading only, since a page says falsely that it is a writer's copy;
    // or one to nowhere, when entries are moved on a page that has them elsewhere than it says, or when an entry
    // says falsely that it has duplicates.
    watch(SIGSEGV)
  }

  /// Has LMDB call the handler for this environment.
  static func watch(_ environment: OpaquePointer) {
    mdb_env_set_assert(environment) { _, assertion in
      PageDamage.tell(assertion.map { String(cString: $0) } ?? "")
    }
  }

  /// Transactions of this process that may write: they go by what pages say of their own order.
  static let writers = Atomic(0)

  /// Threads of this process that LMDB looks something up for. An entry that says falsely that it has
  /// duplicates leads it to a cursor that there is none of.
  private static let readers = Atomic(0)

  /// Calls `body`, which has LMDB read pages.
  static func reading<Result>(_ body: () throws -> Result) rethrows -> Result {
    readers.add(1, ordering: .relaxed)
    defer { readers.subtract(1, ordering: .relaxed) }
    return try body()
  }

  /// Linux's SEGV_ACCERR: the address is mapped, but not for this.
  private static let accessRefused: Int32 = 2

  /// Calls the handler where a signal tells of damage, and leaves all else to the system.
  private static func watch(_ signal: Int32) {
    var action = sigaction()
    action.sa_flags = SA_SIGINFO
    // The signal comes of an instruction that reads or writes the map, so that no lock of the allocator
    // is held and the handler may do what any function may.
    action.__sigaction_handler.sa_sigaction = { signal, information, _ in
      let code = information?.pointee.si_code ?? 0
      if signal == SIGBUS || code == PageDamage.accessRefused
        || PageDamage.writers.load(ordering: .relaxed) > 0
        || PageDamage.readers.load(ordering: .relaxed) > 0
      {
        PageDamage.tell("a page leads out of the file, or cannot be read")
      }
      Glibc.signal(signal, SIG_DFL)
    }
    sigaction(signal, &action, nil)
  }

  private static func tell(_ evidence: String) {
    handler.withLock(\.self)?(evidence)
  }
}

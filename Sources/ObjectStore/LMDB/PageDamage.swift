import CLMDB
import Synchronization

/// Damage to LMDB's own pages that it finds by assertion and not as an error: it ends the process,
/// since it cannot know what else is wrong. Nothing is written then.
package enum PageDamage {
  private static let handler = Mutex<(@Sendable (_ assertion: String) -> Void)?>(nil)

  /// Sets what is called just before the process ends, in every store opened from now on. It may end
  /// the process itself.
  package static func beforeEnding(_ body: @escaping @Sendable (_ assertion: String) -> Void) {
    handler.withLock { $0 = body }
  }

  /// Has LMDB call the handler for this environment.
  static func watch(_ environment: OpaquePointer) {
    mdb_env_set_assert(environment) { _, assertion in
      let text = assertion.map { String(cString: $0) } ?? ""
      PageDamage.handler.withLock(\.self)?(text)
    }
  }
}

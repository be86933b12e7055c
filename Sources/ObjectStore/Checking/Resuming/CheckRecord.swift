import Foundation
import ObjectModel

/// The file in which an unfinished full check waits to be gone on with: `check-progress` in the store's
/// directory. It is derived: without it, a check begins at the beginning.
///
/// The SHA-256 of the text, in hexadecimal; a line feed; the canonical text. It is replaced by renaming.
/// Where it cannot be written a check does without.
struct CheckRecord {
  let path: String

  init(of store: ObjectStore) {
    path = store.path + "/check-progress"
  }

  /// The progress, or `nil` where there is no file.
  ///
  /// - Throws: ``UnusableCheck/damaged``.
  func read() throws -> CheckProgress? {
    guard let bytes = FileManager.default.contents(atPath: path) else { return nil }
    let digestLength = 2 * Digest256.byteCount
    let text = Array(bytes.dropFirst(digestLength + 1))
    let digest = text.withUnsafeBytes { ContentHash(of: $0) }.hex
    guard bytes.starts(with: Array((digest + "\n").utf8)),
      let progress = try? CheckProgress.decode(text)
    else { throw UnusableCheck.damaged }
    return progress
  }

  /// - Returns: whether it is kept.
  func write(_ progress: CheckProgress) -> Bool {
    do {
      let text = try progress.encoded().text
      let digest = text.withUnsafeBytes { ContentHash(of: $0) }.hex
      try Data(Array((digest + "\n").utf8) + text).write(
        to: URL(fileURLWithPath: path), options: .atomic)
      return true
    } catch {
      return false
    }
  }

  func remove() {
    try? FileManager.default.removeItem(atPath: path)
  }
}

/// Why a check that was interrupted cannot be gone on with.
package enum UnusableCheck: Error, Hashable, Sendable {
  /// The record is not as it was written.
  case damaged
  /// It is of another file than the store's is now: one was put in its place, or it was compacted.
  case ofAnotherFile
  /// It began longer ago than `ObjectStore.checkLifetime`, or in the future.
  case tooOld(begun: Int)
}

import Foundation

/// Keeps others from adding a state meanwhile. Whoever wants it puts a file into the folder of locks and
/// has it if nobody else's is there then: of two, the one that looks later sees both.
///
/// It counts for ``heldSeconds``; a file that others have seen for twice as long is passed over and taken
/// away, since its owner has given up by then, and sooner that of a process of this machine that has ended.
final class DepotLock {
  static let heldSeconds = 30
  static let waitedSeconds = 300
  /// A program that an ended process had started to write for it may still be at it for a moment.
  static let endedSeconds = 3

  private let storage: any ObjectStorage
  private let folder: String
  private(set) var name = ""
  private var since = ContinuousClock.now

  /// Waits until nobody else has it.
  ///
  /// - Parameters:
  ///   - folder: a local one for files.
  ///   - waiting: called once where it has to wait.
  /// - Throws: ``DepotError/locked``, what the storage throws, `CancellationError`.
  init(of storage: any ObjectStorage, folder: String, waiting: () -> Void) throws {
    self.storage = storage
    self.folder = folder
    let start = ContinuousClock.now
    var seen: [String: ContinuousClock.Instant] = [:]
    var isTold = false
    try put()
    while true {
      let others = try others(seen: &seen)
      if let others, others.isEmpty { return }
      if !isTold { waiting() }
      isTold = true
      guard start.duration(to: .now) < .seconds(Self.waitedSeconds) else {
        release()
        throw DepotError.locked
      }
      guard let others else {
        // Somebody has taken ours for forgotten, or the storage does not list yet what has been put.
        release()
        try pause()
        try put()
        continue
      }
      // The first stays and waits; the others make room, so that one of them comes to its turn.
      let isFirst = others.allSatisfy { name < $0 }
      if !isFirst || age > .seconds(Self.heldSeconds / 2) {
        release()
        try pause()
        try put()
      } else {
        try pause()
      }
    }
  }

  deinit { release() }

  private var age: Duration { since.duration(to: .now) }

  /// Whether a change begun now is still covered by it.
  var isValid: Bool { age < .seconds(Self.heldSeconds) }

  func release() {
    guard !name.isEmpty else { return }
    try? storage.remove(name, from: DepotFolder.locks.rawValue)
    name = ""
  }

  private func put() throws {
    let mark = ProcessMark().text
    let file = folder + "/lock"
    try Data("rledit push, process \(getpid())\n".utf8).write(to: URL(fileURLWithPath: file))
    since = .now
    name = mark
    try storage.put(file, as: mark, in: DepotFolder.locks.rawValue)
  }

  /// The locks of others that count; `nil` where this one is not there any more.
  private func others(seen: inout [String: ContinuousClock.Instant]) throws -> [String]? {
    let names = try storage.list(DepotFolder.locks.rawValue)
    var others: [String] = []
    for other in names where other != name {
      let first = seen[other] ?? .now
      seen[other] = first
      let patience = ProcessMark.hasEnded(other) ? Self.endedSeconds : 2 * Self.heldSeconds
      if first.duration(to: .now) > .seconds(patience) {
        try storage.remove(other, from: DepotFolder.locks.rawValue)
      } else {
        others.append(other)
      }
    }
    return names.contains(name) ? others : nil
  }

  private func pause() throws {
    for _ in 0..<Int.random(in: 2...10) {
      try Task.checkCancellation()
      usleep(50_000)
    }
  }
}

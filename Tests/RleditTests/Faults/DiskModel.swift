import Foundation
import TestSupport

/// What a disk holds while a program writes: what is surely there, and what a power cut may still take
/// away. Files keep nothing of a write but what was synchronised or written durably; names are those of the
/// last synchronised directory.
struct DiskModel {
  private struct File {
    var durable: [UInt8]
    /// Writes (and truncations, without bytes) that may or may not have reached the disk.
    var pending: [(offset: Int, bytes: [UInt8]?)] = []
  }

  private enum NameChange {
    case add(String, file: Int)
    case rename(String, to: String, file: Int)
    case remove(String)
  }

  /// Which of what is pending a power cut leaves.
  enum Loss: String, CaseIterable {
    case everything, nothing
    /// Some of the writes, in whatever order.
    case writes
    /// Some of their sectors.
    case sectors
  }

  private static let sectorBytes = 512
  private static let createFlag: Int32 = 0o100
  private static let truncateFlag: Int32 = 0o1000

  private var files: [File] = []
  /// As programs see them.
  private var names: [String: Int] = [:]
  private var durableNames: [String: Int] = [:]
  private var pendingNames: [NameChange] = []

  init(files content: [String: [UInt8]]) {
    for (path, bytes) in content { durableNames[path] = add(bytes) }
    names = durableNames
  }

  private mutating func add(_ bytes: [UInt8]) -> Int {
    files.append(File(durable: bytes))
    return files.count - 1
  }

  /// Does what a program did.
  mutating func apply(_ call: CallRecord) {
    let path = call.path
    let file = names[path]
    switch call.kind {
    case .open:
      if let file {
        if call.flags & Self.truncateFlag != 0 { files[file].pending.append((0, nil)) }
      } else if call.flags & Self.createFlag != 0 {
        let file = add([])
        names[path] = file
        pendingNames.append(.add(path, file: file))
      }
    case .write:
      guard let file else { return }
      if call.isDurable {
        files[file].durable.write(call.bytes, at: call.offset)
      } else {
        files[file].pending.append((call.offset, call.bytes))
      }
    case .truncate:
      if let file { files[file].pending.append((call.offset, nil)) }
    case .synchronize:
      if let file {
        for change in files[file].pending { files[file].durable.apply(change) }
        files[file].pending = []
      } else {
        for change in pendingNames { Self.apply(change, to: &durableNames) }
        pendingNames = []
      }
    case .rename:
      guard let file else { return }
      let target = String(decoding: call.bytes, as: UTF8.self)
      names[path] = nil
      names[target] = file
      pendingNames.append(.rename(path, to: target, file: file))
    case .remove:
      names[path] = nil
      pendingNames.append(.remove(path))
    case .map, .lock:
      break
    }
  }

  /// The files that are left when the power goes now.
  func afterPowerCut(
    losing loss: Loss, using random: inout SeededGenerator
  ) -> [String: [UInt8]] {
    // File systems keep the order of changes of names.
    var left = durableNames
    let kept =
      switch loss {
      case .everything: 0
      case .nothing: pendingNames.count
      case .writes, .sectors: Int.random(in: 0...pendingNames.count, using: &random)
      }
    for change in pendingNames.prefix(kept) { Self.apply(change, to: &left) }
    let likelihood = [0.2, 0.5, 0.9].randomElement(using: &random) ?? 0.5
    return left.mapValues { index in
      let file = files[index]
      var bytes = file.durable
      switch loss {
      case .everything: break
      case .nothing: for change in file.pending { bytes.apply(change) }
      case .writes, .sectors:
        var pieces = loss == .writes ? file.pending : file.pending.flatMap { Self.sectors(of: $0) }
        pieces.shuffle(using: &random)
        for piece in pieces where Double.random(in: 0..<1, using: &random) < likelihood {
          bytes.apply(piece)
        }
      }
      return bytes
    }
  }

  private static func apply(_ change: NameChange, to names: inout [String: Int]) {
    switch change {
    case .add(let path, let file): names[path] = file
    case .rename(let path, let target, let file):
      names[path] = nil
      names[target] = file
    case .remove(let path): names[path] = nil
    }
  }

  private static func sectors(
    of change: (offset: Int, bytes: [UInt8]?)
  ) -> [(offset: Int, bytes: [UInt8]?)] {
    guard let bytes = change.bytes else { return [change] }
    var pieces: [(offset: Int, bytes: [UInt8]?)] = []
    var start = 0
    while start < bytes.count {
      let room = sectorBytes - (change.offset + start) % sectorBytes
      let end = min(bytes.count, start + room)
      pieces.append((change.offset + start, Array(bytes[start..<end])))
      start = end
    }
    return pieces
  }
}

extension [UInt8] {
  /// Writes at an offset; what lies between the end and there is zeros.
  fileprivate mutating func write(_ bytes: [UInt8], at offset: Int) {
    if count < offset + bytes.count {
      append(contentsOf: [UInt8](repeating: 0, count: offset + bytes.count - count))
    }
    replaceSubrange(offset..<offset + bytes.count, with: bytes)
  }

  fileprivate mutating func apply(_ change: (offset: Int, bytes: [UInt8]?)) {
    if let bytes = change.bytes { return write(bytes, at: change.offset) }
    if count > change.offset {
      removeLast(count - change.offset)
    } else {
      write([], at: change.offset)
    }
  }
}

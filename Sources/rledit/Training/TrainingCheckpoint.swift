import Editing
import Foundation
import ModelFiles
import ObjectModel

/// The file in which an unfinished training waits to be gone on with: `training/NAME.checkpoint` in the
/// store's directory. It is derived: without it, the same command trains from the start to the same bits.
///
/// `rledit training 1` and a line feed; the fingerprint of the training, 32 bytes; the number of files;
/// per file the lengths of name and content and these two; the SHA-256 of everything before. Numbers are
/// 64-bit little-endian. It is replaced by renaming, so that a kill leaves the old one or the new one.
struct TrainingCheckpoint {
  private static let signature = Array("rledit training 1\n".utf8)

  let path: String
  /// Of everything that decides what training makes.
  let fingerprint: ContentHash

  init(name: String, fingerprint: ContentHash, in repository: Repository) {
    let escaped = name.replacingOccurrences(of: "/", with: "%2F")
    path = "\(repository.path)/training/\(escaped).checkpoint"
    self.fingerprint = fingerprint
  }

  func write(_ files: [HypernetworkArchive.File]) throws {
    var bytes = Self.signature + fingerprint.bytes
    bytes.reserveCapacity(files.reduce(bytes.count + 64) { $0 + $1.bytes.count + 128 })
    bytes += UInt64(files.count).littleEndianBytes
    for file in files {
      let name = Array(file.name.utf8)
      for length in [name.count, file.bytes.count] { bytes += UInt64(length).littleEndianBytes }
      bytes += name
      bytes += file.bytes
    }
    bytes += bytes.withUnsafeBytes { ContentHash(of: $0) }.bytes
    let directory = (path as NSString).deletingLastPathComponent
    try FileManager.default.createDirectory(
      atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    try AtomicFile.write(bytes, to: path)
  }

  /// The files, or `nil` where there is no checkpoint.
  ///
  /// - Throws: ``CommandError/otherTraining(path:)`` where it is that of another training and
  ///   ``CommandError/damagedCheckpoint(path:)``.
  func read() throws -> [HypernetworkArchive.File]? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    let file = try MappedFile(path: path)
    let bytes = file.bytes
    var reader = Reader(bytes: bytes, path: path)
    let digestStart = bytes.count - 32
    guard digestStart >= Self.signature.count + 32,
      try reader.take(Self.signature.count) == Self.signature
    else { throw CommandError.damagedCheckpoint(path: path) }
    let recorded = try reader.take(32)
    let digest = ContentHash(of: UnsafeRawBufferPointer(rebasing: bytes[..<digestStart]))
    guard Array(bytes[digestStart...]) == Array(digest.bytes) else {
      throw CommandError.damagedCheckpoint(path: path)
    }
    guard recorded == Array(fingerprint.bytes) else {
      throw CommandError.otherTraining(path: path)
    }
    return try (0..<reader.number()).map { _ in
      let (nameLength, length) = (try reader.number(), try reader.number())
      let name = String(decoding: try reader.take(nameLength), as: UTF8.self)
      return (name, try reader.take(length))
    }
  }

  func remove() {
    try? FileManager.default.removeItem(atPath: path)
  }

  private struct Reader {
    let bytes: UnsafeRawBufferPointer
    let path: String
    private var next = 0

    init(bytes: UnsafeRawBufferPointer, path: String) {
      self.bytes = bytes
      self.path = path
    }

    mutating func take(_ count: Int) throws -> [UInt8] {
      guard count >= 0, count <= bytes.count - next else {
        throw CommandError.damagedCheckpoint(path: path)
      }
      defer { next += count }
      return Array(bytes[next..<next + count])
    }

    mutating func number() throws -> Int {
      guard let number = Int(exactly: UInt64(littleEndianBytes: try take(8))) else {
        throw CommandError.damagedCheckpoint(path: path)
      }
      return number
    }
  }
}

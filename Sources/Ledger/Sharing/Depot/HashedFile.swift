import Foundation
import ObjectModel

/// A local file that is read from its beginning, with the SHA-256 of what was read.
final class HashedFile {
  private let file: UnsafeMutablePointer<FILE>
  private var hasher = ContentHasher()

  /// `nil` where there is no such file.
  init?(_ path: String) {
    guard let file = fopen(path, "re") else { return nil }
    self.file = file
  }

  deinit { fclose(file) }

  var hash: ContentHash { hasher.value }

  /// The next bytes, fewer than asked for only at the end.
  func read(_ count: Int) -> [UInt8] {
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      filled = fread(buffer.baseAddress, 1, count, file)
    }
    bytes.withUnsafeBytes { hasher.update($0) }
    return bytes
  }
}

/// A local file that is written from its beginning, with the SHA-256 of what was written.
final class HashedOutput {
  private let path: String
  private var file: UnsafeMutablePointer<FILE>?
  private var hasher = ContentHasher()

  /// `nil` where it cannot be made.
  init?(_ path: String) {
    guard let file = fopen(path, "we") else { return nil }
    self.path = path
    self.file = file
  }

  deinit {
    if let file { fclose(file) }
  }

  var hash: ContentHash { hasher.value }

  /// - Throws: ``DepotError/noRoom(path:)``.
  func write(_ bytes: UnsafeRawBufferPointer) throws {
    hasher.update(bytes)
    guard let file, fwrite(bytes.baseAddress, 1, bytes.count, file) == bytes.count else {
      throw DepotError.noRoom(path: path)
    }
  }

  /// - Throws: ``DepotError/noRoom(path:)``.
  func finish() throws {
    let result = file.map { fclose($0) } ?? 0
    file = nil
    guard result == 0 else { throw DepotError.noRoom(path: path) }
  }
}

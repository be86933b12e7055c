import Glibc

/// What is at a path, behind symbolic links.
struct FileStatus {
  /// The same for two paths of one file.
  struct Identity: Hashable {
    let device: UInt64
    let number: UInt64
  }

  let identity: Identity
  let isRegularFile: Bool

  /// `nil` where nothing is there that can be looked at.
  init?(path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    identity = Identity(device: UInt64(status.st_dev), number: UInt64(status.st_ino))
    isRegularFile = status.st_mode & S_IFMT == S_IFREG
  }
}

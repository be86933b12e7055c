/// Why a file of keys is not used.
enum KeyFileError: Error, Equatable {
  case inputOutput(path: String, errno: Int32)
  /// It is a folder, a pipe or a device.
  case notAFile(path: String)
  /// Others than its owner can read a private key, or change whom one trusts.
  case openToOthers(path: String, mode: UInt32, isPrivate: Bool)
  /// It belongs to somebody else, who may change it at any time.
  case foreignOwner(path: String)
  case tooLarge(path: String, limit: Int)
  /// It is not of the form; `line` is where, from 1.
  case malformed(path: String, line: Int?, reason: String)
  /// There is a file where a new key is to be.
  case exists(path: String)
  /// A key is wanted, and the command line names none.
  case noneNamed
}

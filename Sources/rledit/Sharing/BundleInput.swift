import Ledger
import ObjectStore

/// A bundle in a file that is read with a bar.
struct BundleInput {
  private let input: InputFile
  private let terminal: Terminal

  /// - Throws: `ModelFileError`.
  init(_ path: String, on terminal: Terminal) throws {
    input = try InputFile(path: path)
    self.terminal = terminal
  }

  /// Refuses a file that does not begin as a bundle does.
  ///
  /// - Throws: `ModelFileError`, `PackError`, `SharingError`.
  static func requireBundle(_ path: String) throws {
    var reader = try PackReader(read: InputFile(path: path).read)
    _ = try Ledger.bundleHeader(&reader)
  }

  /// Hands a reader of the bundle to `body`, and what it is to be called with on the way.
  ///
  /// - Throws: `PackError`, what `body` throws; `CancellationError` out of what `body` calls.
  func read<Result>(
    _ title: String, _ body: (inout PackReader, (Int) throws -> Void) throws -> Result
  ) throws -> Result {
    let bar = ProgressBar(title, unit: .bytes, on: terminal)
    defer { bar.finish() }
    var reader = try PackReader(read: input.read)
    return try body(&reader) { bytes in
      try Task.checkCancellation()
      bar.update(bytes, of: input.byteCount)
    }
  }
}

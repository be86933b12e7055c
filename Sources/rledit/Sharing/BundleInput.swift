import Ledger
import ObjectStore

/// A bundle that is read with a bar.
struct BundleInput {
  private let input: InputFile
  private let terminal: Terminal

  init(_ path: String, _ global: GlobalOptions) throws {
    input = try InputFile(path: path)
    terminal = global.terminal
  }

  func unbundle(
    into ledger: Ledger, from origin: String?, _ context: OperationContext
  ) throws -> ([TakenReference], PackReport) {
    let bar = ProgressBar("reading", unit: .bytes, on: terminal)
    defer { bar.finish() }
    var reader = try PackReader(read: input.read)
    return try ledger.unbundle(&reader, from: origin, context) { bytes in
      try Task.checkCancellation()
      bar.update(bytes, of: input.byteCount)
    }
  }
}

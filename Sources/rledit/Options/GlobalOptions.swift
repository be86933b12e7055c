import ArgumentParser
import Foundation
import Glibc
import Tensors

extension ColourChoice: ExpressibleByArgument {}

/// Options that every verb has; they may stand before the verb, too.
struct GlobalOptions: ParsableArguments {
  @Option(
    name: .customShort("C"),
    help: .init("Run as if started in this directory.", valueName: "directory"),
    completion: .directory)
  var directory: String?

  @Option(
    help: .init(
      "The store; by default RLEDIT_STORE, else the nearest .rledit from here upwards.",
      valueName: "path"),
    completion: .directory)
  var store: String?

  @Option(
    help: .init("Threads to compute with; by default one a core.", valueName: "count"))
  var threads: Int?

  @Option(
    help: .init(
      "Sign new commits and annotated tags with this key; by default RLEDIT_SIGNING_KEY, else none.",
      valueName: "file"),
    completion: .file())
  var signingKey: String?

  @Flag(help: "Do not sign, whatever RLEDIT_SIGNING_KEY says.")
  var noSign = false

  @Flag(help: "Print the result as JSON with a schema version.")
  var json = false

  @Option(help: .init("When to use colours.", valueName: "when"))
  var color: ColourChoice = .auto

  func validate() throws {
    if let threads, !(1...4096).contains(threads) {
      throw ValidationError("--threads must lie between 1 and 4096")
    }
    if noSign, signingKey != nil {
      throw ValidationError("--signing-key and --no-sign do not go together")
    }
  }
}

extension GlobalOptions {
  var terminal: Terminal { Terminal(colour: color) }

  /// Goes to the directory of `-C`. Called once, before the verb runs.
  ///
  /// - Throws: ``CommandError/badDirectory(path:errno:)``.
  func enterDirectory() throws {
    guard let directory else { return }
    guard chdir(directory) == 0 else {
      throw CommandError.badDirectory(path: directory, errno: errno)
    }
  }

  /// How kernels run: `--threads` and `RLEDIT_ISA`.
  ///
  /// - Throws: ``CommandError/unknownInstructionSet(_:)``,
  ///   ``Tensors/TensorError/instructionSetUnavailable(_:)``.
  func compute() throws -> Compute {
    var instructionSet = InstructionSet.fastest
    if let name = Environment.value("RLEDIT_ISA") {
      guard let chosen = InstructionSet(rawValue: name) else {
        throw CommandError.unknownInstructionSet(name)
      }
      instructionSet = chosen
    }
    return try Compute(
      instructionSet: instructionSet,
      threads: threads ?? ProcessInfo.processInfo.activeProcessorCount)
  }
}

/// A verb: it has the global options.
protocol Verb: ParsableCommand {
  var global: GlobalOptions { get }
}

import Glibc
import Ledger
import ObjectModel
import ObjectStore
import SystemPackage

/// A store on another machine: `rledit serve` there, reached by `ssh`.
struct SSHRemote: RemoteStore {
  private let address: SSHAddress
  private let remoteProgram: String
  private let program: ConversationProgram
  private let wire: WireRemote

  /// Connects.
  ///
  /// - Parameter remoteProgram: what `rledit` is called there.
  /// - Throws: ``RemoteFailure``, `CancellationError`.
  init(_ address: SSHAddress, remoteProgram: String) throws {
    self.address = address
    self.remoteProgram = remoteProgram
    let command = "\(ShellText.program(remoteProgram)) serve -- \(ShellText.quoted(address.path))"
    let program: ConversationProgram
    do {
      program = try ConversationProgram(
        ReplaceableCommand.ssh.words(address.arguments(command: command)))
    } catch let error as Errno {
      throw RemoteFailure(
        location: address.text, reason: .notStarted(.ssh, errno: error.rawValue))
    }
    self.program = program
    wire = try Self.telling(of: address, remoteProgram, program) {
      try WireRemote(on: program.channel)
    }
  }

  func listing() throws -> RemoteListing { try telling { try wire.listing() } }

  func bring(
    _ references: [NamedReference], known: [CommitID], into store: ObjectStore,
    progress: TransferProgress
  ) throws -> PackReport {
    try telling { try wire.bring(references, known: known, into: store, progress: progress) }
  }

  func packs(
    with items: Set<PackItem>, _ take: (_ pack: inout PackReader, _ total: Int) throws -> Void
  ) throws {
    try telling { try wire.packs(with: items, take) }
  }

  func put(
    _ pushed: [PushedReference], from view: LedgerView, known: [CommitID],
    _ context: OperationContext, progress: TransferProgress
  ) throws -> PackReport {
    try telling { try wire.put(pushed, from: view, known: known, context, progress: progress) }
  }

  private func telling<Result>(_ body: () throws -> Result) throws -> Result {
    try Self.telling(of: address, remoteProgram, program, body)
  }

  /// Says where it was that something failed, and why the line ended where it did.
  private static func telling<Result>(
    of address: SSHAddress, _ remoteProgram: String, _ program: ConversationProgram,
    _ body: () throws -> Result
  ) throws -> Result {
    do {
      return try body()
    } catch WireError.ended {
      let ending = program.end()
      // An interruption at the terminal reaches both, and that one first perhaps.
      if ending == .signal(SIGINT) { throw CancellationError() }
      try Task.checkCancellation()
      if ending == .exit(127), ReplaceableCommand.ssh.isMissing {
        throw RemoteFailure(
          location: address.text, reason: .notStarted(.ssh, errno: ENOENT))
      }
      throw RemoteFailure(
        location: address.text, reason: .ended(ending, remoteProgram: remoteProgram))
    } catch let error as WireError {
      throw RemoteFailure(location: address.text, reason: .wire(error))
    }
  }
}

import Ledger

/// Why a store elsewhere could not be worked with.
struct RemoteFailure: Error {
  enum Reason {
    /// A program that leads there cannot be run.
    case notStarted(ReplaceableCommand, errno: Int32)
    /// The line ended before the conversation did, because a program has.
    case ended(ConversationProgram.Ending, remoteProgram: String)
    case wire(WireError)
  }

  let location: String
  let reason: Reason
}

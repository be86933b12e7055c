import Ledger

/// Why a store elsewhere could not be worked with.
struct RemoteFailure: Error {
  enum Reason {
    /// A program that leads there cannot be run.
    case notStarted(ReplaceableCommand, errno: Int32)
    /// The line ended before the conversation did, because a program has.
    case ended(ConversationProgram.Ending, remoteProgram: String)
    case wire(WireError)
    case depot(DepotError)
    /// rclone has failed and said why.
    case rclone(message: String)
  }

  let location: String
  let reason: Reason
}

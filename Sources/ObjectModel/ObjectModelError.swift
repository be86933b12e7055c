/// Why a value cannot be an object of the ledger, or a text cannot be read as one.
package enum ObjectModelError: Error, Sendable, Hashable {
  /// The text is not the canonical text of a `type`: `line` (from 1) is the first line at fault.
  case malformed(type: String, line: Int, reason: String)
  /// The object breaks a rule of its type, for instance a delta that names a tensor twice.
  case invalid(type: String, reason: String)
  /// The object's canonical text is longer than ``CanonicalLimits/objectBytes``.
  case tooLarge(type: String, byteCount: Int)
  /// A chain already holds an entry at `sequence`.
  case sequenceOccupied(sequence: Int)
  /// A chain holds no entry at `sequence`.
  case sequenceVacant(sequence: Int)
  /// `sequence` has never been given out by the chain, whose next number is `next`.
  case sequenceOutOfRange(sequence: Int, next: Int)
  /// A chain's node is not the kind of node its place in the tree asks for.
  case misplacedChainNode(id: ChainNodeID, expectedLevel: Int, foundLevel: Int)
}

extension ObjectModelError {
  /// What is wrong, without the type, for errors that name the thing themselves.
  package var reason: String {
    switch self {
    case .malformed(_, let line, let reason): "line \(line): \(reason)"
    case .invalid(_, let reason): reason
    case .tooLarge(_, let byteCount): "\(byteCount) bytes are too many"
    case .sequenceOccupied(let sequence): "place \(sequence) of the chain is taken"
    case .sequenceVacant(let sequence): "place \(sequence) of the chain is empty"
    case .sequenceOutOfRange(let sequence, let next):
      "place \(sequence) of the chain is none of those below \(next)"
    case .misplacedChainNode(_, let expected, let found):
      "a node of the chain is of level \(found) where one of level \(expected) belongs"
    }
  }
}

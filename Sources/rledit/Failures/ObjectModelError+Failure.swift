import ObjectModel

extension ObjectModelError: FailureConvertible {
  var failure: Failure {
    switch self {
    case .malformed(let type, let line, let reason):
      Failure(
        .damaged, "a \(type) in the store is malformed at line \(line): \(reason)",
        hint: "'rledit fsck' tells which one")
    case .invalid(let type, let reason):
      Failure(
        .doesNotFit, "the \(type) cannot be stored: \(reason)",
        hint: "change the input that it is made from")
    case .tooLarge(let type, let byteCount):
      Failure(
        .doesNotFit, "the \(type) is too large to be stored: \(Quantity.bytes(byteCount)) of text",
        hint: "make smaller commits")
    case .sequenceOccupied(let sequence), .sequenceVacant(let sequence),
      .sequenceOutOfRange(let sequence, _):
      Failure(
        .damaged, "a chain of deltas contradicts itself at place \(sequence)",
        hint: "'rledit fsck' tells which one")
    case .misplacedChainNode(let id, _, _):
      Failure(
        .damaged, "node \(id.hex.prefix(16)) of a chain of deltas is at a wrong place",
        hint: "'rledit fsck' tells which chain")
    }
  }
}

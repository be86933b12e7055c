import Ledger
import ObjectModel

/// What makes one state of another.
struct DiffReport: Report {
  /// A delta that one state has and the other has not.
  struct Item: Encodable {
    let delta: String
    let sequence: Int
    /// The commit that first appended it.
    let commit: String?
    let subject: String?
    let records: [EditRecordReport]
  }

  let from: String
  let to: String
  let sameModel: Bool
  /// Whether the weights of the two states come of different deltas.
  let differs: Bool
  let added: [Item]
  let omitted: [Item]
  let tensors: [TensorChange]
  private let isBrief: Bool

  private enum CodingKeys: String, CodingKey {
    case from, to, sameModel, differs, added, omitted, tensors
  }

  init(
    from: ResolvedCommit, to: ResolvedCommit, isBrief: Bool, in repository: Repository,
    _ view: LedgerView
  ) throws {
    let difference = try view.difference(from: from.id, to: to.id)
    self.from = from.id.hex
    self.to = to.id.hex
    self.isBrief = isBrief
    sameModel = difference.sameModel
    differs = !difference.isEmpty
    added = try difference.added.map { try Self.item($0, view) }
    omitted = try difference.omitted.map { try Self.item($0, view) }
    tensors = try TensorChange.list(from: from.commit, to: to.commit, difference, in: repository)
  }

  private static func item(_ item: CommitDifference.Item, _ view: LedgerView) throws -> Item {
    let commit = try item.commit.map { try view.commit($0) }
    return Item(
      delta: item.entry.delta.hex, sequence: item.entry.sequence, commit: item.commit?.hex,
      subject: commit?.subject, records: commit?.edits.map { EditRecordReport($0) } ?? [])
  }

  func print(on terminal: Terminal) throws {
    guard sameModel else {
      return try terminal.print("The two stand on different models.")
    }
    guard differs else { return }
    if !isBrief {
      for item in omitted { try printItem(item, "-", .red, terminal) }
      for item in added { try printItem(item, "+", .green, terminal) }
      try terminal.print()
    }
    for line in TensorTable.lines(tensors, on: terminal) { try terminal.print(line) }
  }

  private func printItem(
    _ item: Item, _ sign: String, _ style: Terminal.Style, _ terminal: Terminal
  ) throws {
    let commit = item.commit.map { " \($0.prefix(12))" } ?? ""
    try terminal.print(
      terminal.styled("\(sign) delta \(item.delta.prefix(12))", style)
        + terminal.styled(commit, .yellow) + " \(item.subject ?? "of an unknown commit")")
    for record in item.records {
      try terminal.print("    " + record.wording(on: terminal))
    }
  }
}

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
  /// Commits of the difference with others that work on much the same inputs, where that was asked for.
  let overlaps: [SubspaceConflict]?
  private let isBrief: Bool

  private enum CodingKeys: String, CodingKey {
    case from, to, sameModel, differs, added, omitted, tensors, overlaps
  }

  /// How many overlaps are told.
  private static let overlapCount = 5

  init(
    from: ResolvedCommit, to: ResolvedCommit, isBrief: Bool, hasDirections: Bool,
    in repository: Repository, _ view: LedgerView
  ) throws {
    let difference = try view.difference(from: from.id, to: to.id)
    self.from = from.id.hex
    self.to = to.id.hex
    self.isBrief = isBrief
    sameModel = difference.sameModel
    differs = !difference.isEmpty
    added = try difference.added.map { try Self.item($0, view) }
    omitted = try difference.omitted.map { try Self.item($0, view) }
    tensors = try TensorChange.list(
      from: from.commit, to: to.commit, difference, hasSpectrum: hasDirections, in: repository)
    overlaps =
      hasDirections ? try Self.overlaps(from, to, difference, in: repository, view) : nil
  }

  /// The largest overlaps of what the states do not share with what they do.
  private static func overlaps(
    _ from: ResolvedCommit, _ to: ResolvedCommit, _ difference: CommitDifference,
    in repository: Repository, _ view: LedgerView
  ) throws -> [SubspaceConflict] {
    func commits(_ entries: [ChainEntry], in tip: CommitID) throws -> [EditedCommit] {
      try view.commits(bringing: entries, in: tip).map { id, entries in
        EditedCommit(commit: id, entries: entries, records: [])
      }
    }
    let added = difference.added.map(\.entry)
    let apart =
      try commits(added, in: to.id) + commits(difference.omitted.map(\.entry), in: from.id)
    let all = try view.chain(of: to.commit).entries(source: view.snapshot)
    let shared = try commits(all.filter { !Set(added).contains($0) }, in: to.id)
    return try SubspaceOverlaps(repository: repository).pairs(apart, shared, over: 0)
      .prefix(overlapCount).map(\.conflict)
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
    for tensor in tensors {
      guard let spectrum = tensor.spectrum else { continue }
      try terminal.print(tensor.tensor)
      for line in spectrum.lines(on: terminal) { try terminal.print(line) }
    }
    for overlap in overlaps ?? [] {
      try terminal.print(
        "\(terminal.styled(String(overlap.ourCommit.prefix(12)), .yellow)) overlaps "
          + "\(terminal.styled(String(overlap.theirCommit.prefix(12)), .yellow)) by "
          + "\(Quantity.percent(overlap.overlap)) of their inputs in \(overlap.tensor)")
    }
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

import Ledger
import ObjectModel
import ObjectStore

/// A commit in full.
struct ShowReport: Report {
  let commit: CommitSummary
  let model: ModelSummary
  let chain: String?
  let records: [EditRecordReport]
  let recipe: RecipeReport?
  let metrics: [MetricReport]
  let attachments: [String: String]
  let hypernetwork: HypernetworkReport?
  let tensors: [TensorChange]
  let stateDigests: [String: String]
  private let time: Int
  private let kind: String
  private let suffix: (Terminal) -> String

  private enum CodingKeys: String, CodingKey {
    case commit, model, chain, records, recipe, metrics, attachments, hypernetwork, tensors,
      stateDigests
  }

  init(_ entry: ResolvedCommit, in repository: Repository, _ view: LedgerView) throws {
    let decorations = try Decorations(view)
    let signers = try repository.signers.read()
    commit = CommitSummary(
      entry, names: decorations.names(of: entry.id), signature: signers.status(of: entry.commit),
      notes: try view.notes(on: entry.id).map { NoteReport($0, trusting: signers) },
      tags: try view.tags().filter { $0.commit == entry.id }.compactMap {
        try AnnotationReport($0, trusting: signers, in: view)
      })
    model = ModelSummary(
      entry.commit.model, try view.snapshot.object(entry.commit.model))
    chain = entry.commit.chain?.hex
    records = entry.commit.edits.map { EditRecordReport($0) }
    recipe = entry.commit.recipe.map { RecipeReport($0) }
    metrics = entry.commit.metrics.map { MetricReport(name: $0.name, value: $0.value) }
    attachments = entry.commit.attachments.mapValues(\.hex)
    stateDigests = entry.commit.stateDigests.mapValues(\.hex)
    hypernetwork = try entry.commit.attachments[MaterialKind.hypernetwork.attachmentName].map {
      try HypernetworkReport($0, in: view)
    }
    if let parent = entry.commit.parents.first {
      tensors = try TensorChange.list(
        from: view.commit(parent), to: entry.commit,
        view.difference(from: parent, to: entry.id, findsMakers: false), in: repository)
    } else {
      tensors = []
    }
    time = entry.commit.time
    kind = CommitWording.kind(of: entry.commit)
    suffix = { decorations.suffix(of: entry.id, on: $0) }
  }

  func print(on terminal: Terminal) throws {
    try terminal.print(terminal.styled("commit \(commit.id)", .yellow) + suffix(terminal))
    for parent in commit.parents { try terminal.print("Parent: \(parent.prefix(12))") }
    try terminal.print("Author: \(Wording.plain(commit.author))")
    try terminal.print("Date:   \(Quantity.time(time))")
    try terminal.print("Kind:   \(kind)")
    try terminal.print("Model:  \(model.name): \(model.wording)")
    if let signed = commit.signature?.wording {
      try terminal.print("Signed: \(Wording.plain(signed))")
    }
    try terminal.print()
    for line in commit.message.split(separator: "\n", omittingEmptySubsequences: false) {
      try terminal.print("    \(line)")
    }
    for tag in commit.tags ?? [] {
      try terminal.print()
      for line in tag.lines(on: terminal) { try terminal.print(line) }
    }
    for note in commit.notes ?? [] {
      try terminal.print()
      for line in note.lines(on: terminal) { try terminal.print(line) }
    }
    if !records.isEmpty {
      try heading("Facts", terminal)
      for record in records { try terminal.print("  " + record.wording(on: terminal)) }
    }
    if let recipe {
      try heading("Recipe", terminal)
      for line in recipe.lines { try terminal.print("  \(line)") }
    }
    if !metrics.isEmpty {
      try heading("Metrics", terminal)
      let width = metrics.map(\.name.count).max() ?? 0
      for metric in metrics {
        let padding = String(repeating: " ", count: width - metric.name.count)
        try terminal.print("  \(metric.name)\(padding)  \(Quantity.measured(metric.value))")
      }
    }
    if let hypernetwork {
      try heading("Hypernetwork", terminal)
      for line in hypernetwork.lines { try terminal.print("  \(line)") }
    }
    if !tensors.isEmpty {
      try heading("Changes", terminal)
      for line in TensorTable.lines(tensors, on: terminal) { try terminal.print("  \(line)") }
    }
    if !stateDigests.isEmpty {
      try heading("State", terminal)
      for (tensor, digest) in stateDigests.sorted(by: { precedesInUTF8($0.key, $1.key) }) {
        try terminal.print("  \(digest)  \(tensor)")
      }
    }
  }

  private func heading(_ text: String, _ terminal: Terminal) throws {
    try terminal.print()
    try terminal.print(terminal.styled(text, .bold))
  }
}

/// A number measured for a commit.
struct MetricReport: Encodable {
  let name: String
  let value: Double
}

/// A fact edited in.
struct EditRecordReport: Encodable {
  struct Probe: Encodable {
    let prompt: String
    let target: String
  }

  let prompt: String
  let subject: String
  let target: String
  let formerTarget: String?
  let rephrasings: [String]
  let locality: [Probe]
  let identifier: String?
  let source: String?

  init(_ record: EditRecord) {
    prompt = record.prompt
    subject = record.subject
    target = record.target
    formerTarget = record.formerTarget
    rephrasings = record.rephrasings
    locality = record.locality.map { Probe(prompt: $0.prompt, target: $0.target) }
    identifier = record.identifier
    source = record.source
  }

  func wording(on terminal: Terminal) -> String {
    let former = formerTarget.map { " (not \($0))" } ?? ""
    return "\(prompt)\(terminal.styled(target, .green))\(terminal.styled(former, .faint))"
  }
}

/// How deltas were computed.
struct RecipeReport: Encodable {
  struct Parameter: Encodable {
    let name: String
    let value: String
  }

  let method: String
  let engineVersion: Int
  /// As text: JSON readers may not hold 64 bits.
  let seed: String
  /// `identity` or the id of a trained one.
  let hypernetwork: String?
  let parameters: [Parameter]
  let targetModules: [String]

  init(_ recipe: Recipe) {
    method = recipe.method
    engineVersion = recipe.engineVersion
    seed = String(recipe.seed)
    hypernetwork =
      switch recipe.hypernetwork {
      case .identity?: "identity"
      case .trained(let id)?: id.hex
      case nil: nil
      }
    parameters = recipe.parameters.map { Parameter(name: $0.name, value: $0.value) }
    targetModules = recipe.targetModules
  }

  var lines: [String] {
    var lines = ["method \(method), engine \(engineVersion), seed \(seed)"]
    if let hypernetwork { lines.append("hypernetwork \(hypernetwork.prefix(12))") }
    lines += parameters.map { "\($0.name) = \($0.value)" }
    lines += targetModules.map { "target \($0)" }
    return lines
  }
}

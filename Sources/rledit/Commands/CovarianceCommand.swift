import ArgumentParser
import Editing
import LanguageModel
import Ledger
import ObjectModel
import Tensors

/// `rledit covariance`
struct CovarianceCommand: SigningVerb {
  static let configuration = CommandConfiguration(
    commandName: "covariance",
    abstract: "Measure a model's keys over general text, for editors that need it.",
    usage: """
      rledit covariance TEXT ... [--name NAME] [--layers A-B] [--modules NAMES] [--tokens COUNT] \
      [--no-curvature]
      rledit covariance --generated COUNT [--begin TEXT] ...
      rledit covariance --list
      rledit covariance --delete NAME
      """,
    discussion: """
      rledit-recursive, rledit-lifelong, memit and alphaedit hold the keys of an edit against those of text \
      that the model should go on to understand: their second moments, measured once on the unedited model and kept in the store \
      under a name. With them go the second moments of the gradients at matrices' outputs, which tell what changes \
      matter less to all else. Who has no text of the kind at hand lets the model write it: --generated draws \
      texts by the model's own probabilities, the same ones each time. More tokens than a key has numbers are wanted, better many times as many. Without \
      --layers and --modules the matrices that these methods edit by default are measured.
      """)

  @Argument(help: .init("Plain text files.", valueName: "text"), completion: .file())
  var texts: [String] = []

  @Option(
    help: .init(
      """
      Edit records, whose prompts are measured too, at every token, more at subjects and most at the \
      ends, where answers are read.
      """,
      valueName: "facts"),
    completion: .file())
  var facts: String?

  @Option(
    help: .init(
      "Measure on so many tokens, too, that the model writes by itself.", valueName: "count"))
  var generated: Int?

  @Option(
    help: .init(
      """
      What each of these texts goes on from, such as '<|endoftext|>'; by default the token that the model's \
      texts begin with.
      """, valueName: "text"))
  var begin: String?

  @Option(help: .init("Take only the first records of --facts.", valueName: "count"))
  var limit: Int?

  @Option(help: .init("What to call it.", valueName: "name"))
  var name = "default"

  @Option(help: "The layers to measure, such as 5-9.")
  var layers: LayerRange?

  @Option(
    help: .init(
      "The matrices whose inputs and outputs are measured, of query, key, value, output, gate, up, down.",
      valueName: "names"))
  var modules: ModuleList?

  @Option(help: .init("Read so many tokens of the text files at most.", valueName: "count"))
  var tokens: Int?

  @Flag(
    inversion: .prefixedNo,
    help: "Measure the curvature at the matrices' outputs too, as rledit-lifelong needs it.")
  var curvature = true

  @Flag(help: "Replace one of that name.")
  var force = false

  @OptionGroup
  var kept: KeptMaterialOptions

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func validate() throws {
    let measures = !texts.isEmpty || facts != nil || generated != nil
    guard kept.count + (measures ? 1 : 0) == 1 else {
      throw ValidationError(
        "give text files, --facts or --generated, or --list, or --delete NAME")
    }
    if let generated, generated < 1 {
      throw ValidationError("--generated must be at least 1")
    }
    guard begin == nil || generated != nil else {
      throw ValidationError("--begin says what the texts of --generated go on from")
    }
    if let tokens, tokens < 1 { throw ValidationError("--tokens must be at least 1") }
  }

  var makesCommits: Bool { kept.count == 0 }

  func run() throws {
    let repository = try Repository.open(global)
    if kept.count > 0 {
      try kept.serve(.covariance, in: repository, global)
    } else {
      try measure(in: repository)
    }
  }

  private func measure(in repository: Repository) throws {
    let view = try repository.ledger.view()
    // Found out before minutes are spent, not after.
    try view.requireNew(name, of: .covariance, replacing: force)
    let head = try repository.resolve(nil, in: view)
    let session = try ModelSession(head.commit.model, in: repository)
    let places = try places(for: session.base.shape)
    let measurement = try CovarianceMeasurement(
      texts: texts, tokens: tokens, generated: written(by: session), facts: facts, limit: limit,
      session: session)
    let bar = ProgressBar("measuring", unit: .items("tokens"), on: global.terminal)
    defer { bar.finish() }
    let covariance = try measurement.covariance(
      at: places, withCurvature: curvature, decoder: session.base
    ) { done, total in
      bar.update(done, of: total)
    }
    bar.finish()
    if let short = covariance.moments.min(by: { $0.value.rows < $1.value.rows }),
      short.value.rows < short.value.sum.rows
    {
      global.terminal.warn(
        "measured on \(short.value.rows) keys at \(short.key.name), and one has \(short.value.sum.rows) "
          + "numbers: what the text does not show, methods take for free")
    }
    let draft = MaterialDraft(
      kind: .covariance, name: name,
      attachments: [EditingMaterials.covarianceName: try covariance.store(in: repository.store)],
      message: "Measure \(name) on \(measurement.wording)",
      recipe: nil, metrics: [Commit.Metric(name: "tokens", value: Double(measurement.tokens))],
      parent: head.id)
    let commit = try repository.ledger.keep(draft, replacing: force, repository.context())
    try global.terminal.show(
      CovarianceReport(
        name: name, commit: commit.hex, tokens: measurement.tokens,
        places: covariance.places.map(\.name)),
      as: global)
  }

  /// The texts that the model writes, in tokens.
  private func written(by session: ModelSession) throws -> [[Int]] {
    guard let generated else { return [] }
    let bar = ProgressBar("writing", unit: .items("tokens"), on: global.terminal)
    defer { bar.finish() }
    return try GeneratedText.passages(
      tokens: generated, beginning: session.beginning(begin), seed: 0, decoder: session.base
    ) { bar.update($0, of: generated) }
  }

  private func places(for shape: DecoderShape) throws -> [ProjectionPlace] {
    let standard = EditorCatalogue.methods.filter(\.needsCovariance).flatMap {
      $0.standardPlaces(shape)
    }
    let chosen = ModuleList.places(layers, modules, standard: standard)
    for place in chosen where place.layer >= shape.layers {
      throw EditingError.unknownModule(place.weightName)
    }
    return chosen
  }
}

/// What was measured.
private struct CovarianceReport: Report {
  let name: String
  let commit: String
  let tokens: Int
  /// Layer and input of every place.
  let places: [String]

  func print(on terminal: Terminal) throws {
    try terminal.print(
      "Measured \(name) on \(Quantity.count(tokens, "token")) at "
        + "\(Quantity.count(places.count, "place")), in commit \(commit.prefix(12)).")
  }
}

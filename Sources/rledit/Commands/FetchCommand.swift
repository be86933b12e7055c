import ArgumentParser
import Ledger
import ObjectStore

/// Options of the verbs that work with another store.
struct RemoteOptions: ParsableArguments {
  @Option(
    help: .init(
      "What rledit is called on the other machine; by default what 'remote add' was told, else "
        + "RLEDIT_REMOTE_PROGRAM, else rledit.", valueName: "path"))
  var remoteProgram: String?
}

/// `rledit fetch`
struct FetchCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "fetch", abstract: "Take in what another store has and this one has not.",
    discussion: """
      Its branches become REMOTE/NAME here; tags and materials keep their names. Only what is missing \
      travels, and all of it is hashed before it is referenced.
      """)

  @Argument(
    help: .init(
      "A remote's name, or a location (see 'rledit help remote add').", valueName: "remote"))
  var remote = Remote.standardName

  @Flag(help: "Forget branches of it that are gone there.")
  var prune = false

  @OptionGroup
  var options: RemoteOptions

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func run() throws {
    let repository = try Repository.open(global)
    let (taken, pack) = try Self.fetch(
      OtherStore(remote, program: options.remoteProgram, for: repository), into: repository,
      prunes: prune, on: global.terminal)
    try global.terminal.show(TakenReport(taken, pack), as: global)
  }

  static func fetch(
    _ other: OtherStore, into repository: Repository, prunes: Bool = false, on terminal: Terminal
  ) throws -> ([TakenReference], PackReport) {
    let bar = ProgressBar("fetching", unit: .bytes, on: terminal)
    defer { bar.finish() }
    return try repository.ledger.fetch(
      from: other.store, as: other.name, prunes: prunes, repository.context(),
      progress: bar.carry)
  }
}

/// `rledit pull`
struct PullCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "pull",
    abstract: "Fetch, and merge the other store's branch into the current one.",
    discussion:
      "'rledit fetch' and 'rledit merge REMOTE/BRANCH' in one; conflicts stop it as they do a merge."
  )

  @Argument(
    help: .init(
      "A remote's name, or a location (see 'rledit help remote add').", valueName: "remote"))
  var remote = Remote.standardName

  @Argument(
    help: .init("Its branch; by default the one of the current branch's name.", valueName: "branch")
  )
  var branch: String?

  @Option(help: .init("Whose commits stay where two are at odds.", valueName: "side"))
  var prefer: MergePreference?

  @OptionGroup
  var options: RemoteOptions

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func run() throws {
    let repository = try Repository.open(global)
    let other = try OtherStore(remote, program: options.remoteProgram, for: repository)
    _ = try FetchCommand.fetch(other, into: repository, on: global.terminal)
    let head = try repository.ledger.view().head()
    guard let branch = try branch ?? Self.name(of: head) else {
      throw CommandError.usage(
        "HEAD is on no branch, so there is none of its name to pull",
        hint: "say which: 'rledit pull \(remote) main'")
    }
    var merge = MergeCommand()
    let name = "\(other.name)/\(branch)"
    let known = try repository.ledger.view().remoteBranches().map(\.name)
    guard known.contains(name) else {
      throw LedgerError.notThere(name: branch, suggestions: [])
    }
    merge.revision = LedgerNames.remotePrefix + name
    merge.strategy = .append
    merge.prefer = prefer
    merge.overlapLimit = MergeCommand.standardOverlapLimit
    merge.lost = nil
    merge.message = "Merge \(name)"
    merge.alwaysCommits = false
    merge.dryRun = false
    merge.global = global
    try merge.run()
  }

  private static func name(of head: Head) throws -> String? {
    guard case .branch(let name, _) = head else { return nil }
    return name
  }
}

/// `rledit push`
struct PushCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "push", abstract: "Put branches and tags into another store.",
    discussion: """
      A branch there goes forward alone: where it has commits that this one has not, nothing is pushed \
      (code 11). All references move in one step, or none, and only from where they were seen to be, so \
      that pushes at the same time lose nothing. Of a remote, REMOTE/NAME is then where its branch is.

      SOURCE:NAME pushes a branch, a tag or another revision under a name there; :NAME, or --delete and \
      names, takes away what is called so there. Its commits stay where a program answers ('rledit undo' \
      there brings it back).
      """)

  @Argument(
    help: .init(
      "A remote's name, or a location (see 'rledit help remote add').", valueName: "remote"))
  var remote = Remote.standardName

  @Argument(
    help: .init(
      "Branches, tags or full names, SOURCE:NAME or :NAME; by default the current branch.",
      valueName: "name"))
  var names: [String] = []

  @Flag(help: "Push all branches, tags, notes, hypernetworks and covariances.")
  var all = false

  @Flag(help: "Let a branch there lose commits, and a tag be another one.")
  var force = false

  @Flag(
    name: [.short, .long], help: "Take away what is called so there, which need not be here.")
  var delete = false

  @OptionGroup
  var options: RemoteOptions

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func validate() throws {
    if delete, all || names.isEmpty {
      throw ValidationError("--delete takes a remote and the names to take away there")
    }
    if all, !names.isEmpty { throw ValidationError("--all pushes every name, and goes with none") }
  }

  func run() throws {
    let repository = try Repository.open(global)
    let view = try repository.ledger.view()
    var requests: [PushRequest] = try names.map {
      try delete ? .removal($0) : view.pushRequest($0)
    }
    if all {
      requests = try view.everyReference().map { .reference($0) }
    } else if names.isEmpty {
      guard case .branch(let name, _) = try view.head() else {
        throw CommandError.usage(
          "HEAD is on no branch, so there is none to push",
          hint: "say which: 'rledit push \(remote) main'")
      }
      requests = [.reference(try view.shared(name))]
    }
    let other = try OtherStore(remote, program: options.remoteProgram, for: repository)
    let bar = ProgressBar("pushing", unit: .bytes, on: global.terminal)
    defer { bar.finish() }
    let (pushed, pack) = try repository.ledger.push(
      requests, to: other.store, as: other.remote, force: force, repository.context(),
      admit: { moved in
        try repository.hooks.admitPush(
          to: remote,
          moved.map { ($0.name.text, $0.new?.targetText ?? "-", $0.old?.targetText) })
      }, progress: bar.carry)
    bar.finish()
    try global.terminal.show(
      TakenReport(pushed.compactMap(\.outcome), pack), as: global)
  }
}

extension PushedReference {
  /// What has come of it there.
  fileprivate var outcome: TakenReference? {
    (new ?? old).map {
      TakenReference(
        name: name, value: $0,
        outcome: isUpToDate ? .unchanged : new == nil ? .removed : .updated)
    }
  }
}

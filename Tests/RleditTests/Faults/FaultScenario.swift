import Foundation
import ObjectModel
import ObjectStore
import TestSupport
import Testing

/// Commands that change a store, each with the stores that it finds. They run again and again with another
/// fault each time, so what they find is made once, and copied.
enum FaultScenario: String, CaseIterable, Sendable {
  case `import`, commit, merge, collect, compact, push, unbundle

  var arguments: [String] {
    switch self {
    case .import: ["import", Golden.path("archs/llama")]
    case .commit: ["commit", "--delta", "delta5.safetensors", "-m", "five"]
    case .merge: ["merge", "side"]
    case .collect: ["gc", "--grace", "0", "--operations", "0"]
    case .compact: ["compact"]
    case .push: ["push", "./other", "main"]
    case .unbundle: ["bundle", "unbundle", "-C", "other", "../all.bundle"]
    }
  }

  /// The directory whose store is changed, in that of the scenario.
  var changed: String {
    switch self {
    case .push, .unbundle: "other"
    default: "."
    }
  }

  /// Whether the command moves references.
  var makesHistory: Bool { self != .collect && self != .compact }

  /// Makes what the command finds: two branches, what nothing leads to, a bundle and an empty store.
  fileprivate func prepare(_ place: Workplace) throws {
    try place.succeed("init")
    try place.succeed("init", "other")
    guard self != .import else { return }
    try place.succeed("import", Golden.path("archs/llama"))
    try place.commitDelta(0)
    try place.succeed("branch", "side")
    try place.commitDelta(1)
    try place.succeed("switch", "side")
    try place.commitDelta(2)
    try place.commitDelta(3)
    try place.succeed("switch", "main")
    try place.succeed("bundle", "create", "all.bundle")
    try place.succeed("switch", "-c", "gone")
    try place.commitDelta(4)
    try place.succeed("switch", "main")
    try place.succeed("branch", "-d", "gone")
    try place.writeDelta("delta5.safetensors", seed: 5)
  }
}

/// What a scenario finds and leaves where nothing goes wrong.
struct FaultStage: Sendable {
  let scenario: FaultScenario
  /// The command failed although nothing was to go wrong.
  struct Failed: Error {
    let scenario: FaultScenario
    let errors: String
  }

  /// A directory to copy.
  private let template: TemporaryDirectory
  let before: StoreContent
  let after: StoreContent
  /// Everything that the command did to files, in order.
  let calls: [CallRecord]
  /// Where the files were that the calls name.
  let folder: String

  private static let stages = Dictionary(
    uniqueKeysWithValues: FaultScenario.allCases.map { scenario in
      (scenario, Result { try FaultStage(scenario) })
    })

  /// The stage of a scenario, made once for all tests.
  static func of(_ scenario: FaultScenario) throws -> FaultStage {
    try #require(stages[scenario]).get()
  }

  private init(_ scenario: FaultScenario) throws {
    self.scenario = scenario
    let place = try Workplace()
    place.rledit.environment.merge(Faults().environment(in: place.directory.path)) { $1 }
    try scenario.prepare(place)
    template = place.directory
    before = try StoreContent(of: place.path(scenario.changed))
    let trial = try FaultyPlace(copying: template.path)
    let log = trial.place.path("calls")
    let result = try trial.run(scenario.arguments, Faults(log: log))
    guard result.status == 0 else { throw Failed(scenario: scenario, errors: result.errors) }
    calls = try CallRecord.read(log)
    folder = try #require(realpath(trial.place.directory.path, nil).map { String(cString: $0) })
    after = try StoreContent(of: trial.place.path(scenario.changed))
  }

  /// The steps at which the command can be ended.
  var steps: ClosedRange<Int> { 1...(calls.last?.lastStep ?? 1) }

  func copy() throws -> FaultyPlace { try FaultyPlace(copying: template.path) }

  /// An empty directory, for a test to put files into.
  func empty() throws -> FaultyPlace { try FaultyPlace(copying: nil) }

  /// The files that the command found, by the paths that the calls have.
  func files() throws -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: template.path) {
      let path = template.path(name)
      var isDirectory: ObjCBool = false
      if FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory),
        !isDirectory.boolValue
      {
        files["\(folder)/\(name)"] = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
      }
    }
    return files
  }
}

/// A copy of what a scenario finds, to run its command in.
struct FaultyPlace {
  let place: Workplace

  fileprivate init(copying template: String?) throws {
    place = try Workplace()
    guard let template else { return }
    for name in try FileManager.default.contentsOfDirectory(atPath: template) {
      try FileManager.default.copyItem(
        atPath: "\(template)/\(name)", toPath: place.path(name))
    }
  }

  func run(_ arguments: [String], _ faults: Faults = Faults()) throws -> CommandResult {
    try start(arguments, faults).wait()
  }

  func start(_ arguments: [String], _ faults: Faults) throws -> RunningCommand {
    var rledit = place.rledit
    rledit.environment.merge(faults.environment(in: place.directory.path)) { $1 }
    return try rledit.start(arguments)
  }

  /// Checks the store that the scenario changes in full.
  func expectWhole(_ scenario: FaultScenario, _ point: String) throws {
    let result = try place.rledit("fsck", "--full", "-C", scenario.changed)
    #expect(
      result.status == 0 && result.output.contains("The store is whole"),
      "\(scenario.rawValue), \(point): \(result.output)\(result.errors)")
  }

  func content(_ scenario: FaultScenario) throws -> StoreContent {
    try StoreContent(of: place.path(scenario.changed))
  }
}

/// All that is in a store.
struct StoreContent: Equatable, Sendable {
  /// References and the operation log.
  struct History: Equatable, Sendable {
    var references: [ReferenceName: Reference] = [:]
    var operations: [LoggedOperation] = []
  }

  var history = History()
  private var objects: Set<Digest256> = []
  private var chunks: Set<ChunkID> = []

  init(of directory: String) throws {
    let snapshot = try ObjectStore.open(at: "\(directory)/.rledit").snapshot()
    for (name, value) in try snapshot.references() { history.references[name] = value }
    try snapshot.forEachOperation { _, operation in
      history.operations.append(operation)
      return true
    }
    try snapshot.scan(.objects, from: [], backwards: false) { key, _ in
      objects.formUnion(Digest256(bytes: key).map { [$0] } ?? [])
      return true
    }
    try snapshot.scan(.chunks, from: [], backwards: false) { key, _ in
      chunks.formUnion(ChunkID(bytes: key).map { [$0] } ?? [])
      return true
    }
  }
}

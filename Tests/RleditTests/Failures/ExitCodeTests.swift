import Foundation
import TestSupport
import Testing

/// A command line that must fail.
struct FailingCommand: CustomTestStringConvertible, Sendable {
  let arguments: [String]
  let status: Int32
  /// What the line has to name.
  let names: String
  var environment: [String: String] = [:]

  init(_ arguments: String, _ status: Int32, _ names: String, _ environment: [String: String] = [:])
  {
    self.arguments = arguments.split(separator: " ").map(String.init)
    self.status = status
    self.names = names
    self.environment = environment
  }

  var testDescription: String { arguments.joined(separator: " ") }
}

/// Every kind of failure ends with its code, one line and a hint.
@Suite struct ExitCodeTests {
  private func expectFailure(
    _ result: CommandResult, _ status: Int32, naming names: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(result.status == status, "\(result.errors)", sourceLocation: sourceLocation)
    #expect(result.output.isEmpty, sourceLocation: sourceLocation)
    let lines = result.errors.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(
      lines.count == 3 && lines[0].hasPrefix("rledit: ") && lines[1].hasPrefix("hint: ")
        && lines[2].isEmpty && lines[0].contains(names) && !lines[0].hasSuffix("."),
      "\(result.errors)", sourceLocation: sourceLocation)
  }

  /// Verbs that need a store, with arguments that are fine in themselves.
  static let needingAStore = [
    "status", "log", "show", "diff", "stat", "branch", "branch x", "tag", "tag x", "switch main",
    "switch -c x", "reset HEAD", "revert HEAD", "undo", "redo", "op log", "replay", "verify",
    "fsck", "import x.gguf", "commit --delta x.safetensors -m x", "export HEAD out",
  ]

  @Test(arguments: needingAStore)
  func withoutAStore(_ arguments: String) throws {
    let place = try Workplace()
    let words = arguments.split(separator: " ").map(String.init)
    expectFailure(try place.rledit.run(words), 10, naming: place.directory.path)
    expectFailure(
      try place.rledit.run(words + ["--store", place.path("none")]), 10, naming: place.path("none"))
  }

  static let failingInAnEmptyStore = [
    FailingCommand("log", 12, "main"), FailingCommand("show", 12, "main"),
    FailingCommand("commit --delta x -m x", 12, "main"),
    FailingCommand("revert HEAD", 12, "main"), FailingCommand("branch x", 12, "main"),
    FailingCommand("undo", 12, "undo"),
    FailingCommand("redo", 12, "undone"), FailingCommand("replay", 12, "main"),
    FailingCommand("verify", 12, "main"),
    FailingCommand("export HEAD out", 12, "main"), FailingCommand("init", 10, ".rledit"),
    FailingCommand("init /dev/null", 17, "file exists"),
    FailingCommand("init /dev/null/below/that", 17, "not a directory"),
    FailingCommand("import nothing.gguf", 17, "nothing.gguf"),
    FailingCommand("import \(Golden.path("xxh/xxh3-128.json"))", 13, "xxh3-128.json"),
    FailingCommand("import \(Golden.path("archs/gpt2/expected.json"))", 13, "expected.json"),
  ]

  @Test(arguments: failingInAnEmptyStore)
  func inAnEmptyStore(_ failing: FailingCommand) throws {
    let place = try Workplace()
    try place.succeed("init")
    expectFailure(
      try place.rledit.run(failing.arguments), failing.status, naming: failing.names)
  }

  static let failingInAHistory = [
    FailingCommand("import \(Golden.path("archs/llama"))", 12, "main"),
    FailingCommand("show mian", 12, "mian"), FailingCommand("log main..nope", 12, "nope"),
    FailingCommand("show main~9", 12, "main~9"), FailingCommand("show 1234abcd", 12, "1234abcd"),
    FailingCommand("show HEAD^^^^", 12, "HEAD^^^^"),
    FailingCommand("show @{99}", 12, "the 2 values"),
    FailingCommand("show main..main", 2, "main..main"), FailingCommand("reset nope", 12, "nope"),
    FailingCommand("switch nope", 12, "nope"), FailingCommand("switch HEAD", 12, "HEAD"),
    FailingCommand("branch main", 12, "main"), FailingCommand("branch -d main", 12, "main"),
    FailingCommand("branch -d nope", 12, "nope"), FailingCommand("branch a..b", 2, "a..b"),
    FailingCommand("branch -m nope x", 12, "nope"), FailingCommand("tag -d nope", 12, "nope"),
    FailingCommand("revert HEAD~1", 12, "nothing to revert"),
    FailingCommand("diff HEAD nope", 12, "nope"),
    FailingCommand("replay nope", 12, "nope"), FailingCommand("verify nope", 12, "nope"),
    FailingCommand("replay --regenerate", 12, "deltas"),
    FailingCommand("export nope out", 12, "nope"),
    FailingCommand("export HEAD no/such/place", 17, "no/such/place"),
    FailingCommand("commit --delta nothing.safetensors -m x", 17, "nothing.safetensors"),
    FailingCommand("commit --delta \(Golden.path("xxh/xxh3-128.json")) -m x", 13, "xxh3-128.json"),
    FailingCommand(
      "commit --delta \(Golden.path("archs/llama/model.safetensors")) -m x", 13, "factor"),
    FailingCommand("status --store /dev/null", 10, "/dev/null"),
    FailingCommand("status -C no/such/place", 17, "no/such/place"),
    FailingCommand("status", 2, "sse2", ["RLEDIT_ISA": "sse2"]),
  ]

  @Test(arguments: failingInAHistory)
  func inAHistory(_ failing: FailingCommand) throws {
    let place = try Workplace.withHistory(deltas: 1)
    place.rledit.environment.merge(failing.environment) { $1 }
    expectFailure(
      try place.rledit.run(failing.arguments), failing.status, naming: failing.names)
    place.rledit.environment["RLEDIT_ISA"] = nil
    try place.expectWhole()
    #expect(try place.json("log")["commits"] as? [Any] != nil)
  }

  static let usage = [
    FailingCommand("nonsense", 2, "nonsense"), FailingCommand("log --nope", 2, "--nope"),
    FailingCommand("log -n x", 2, "x"),
    FailingCommand("log -n -1", 2, "-n"), FailingCommand("import", 2, "<path>"),
    FailingCommand("commit -m x", 2, "--delta"),
    FailingCommand("status --threads 0", 2, "--threads"),
    FailingCommand("status extra", 2, "extra"),
    FailingCommand("switch", 2, "branch"), FailingCommand("switch -c a --detach", 2, "--detach"),
    FailingCommand("branch a b c", 2, "branch"), FailingCommand("branch -d", 2, "-d"),
    FailingCommand("revert", 2, "<revision>"),
    FailingCommand("export HEAD out --dtype f64", 2, "f64"),
    FailingCommand("export HEAD out --format x", 2, "x"),
    FailingCommand("help nonsense", 2, "nonsense"), FailingCommand("op nonsense", 2, "nonsense"),
  ]

  @Test(arguments: usage)
  func commandLines(_ failing: FailingCommand) throws {
    let place = try Workplace()
    expectFailure(
      try place.rledit.run(failing.arguments), failing.status, naming: failing.names)
  }

  /// The parser takes it for an option, and would say that there is no value.
  @Test func negativeNumbersAreToldHowToBeWritten() throws {
    let place = try Workplace()
    for (words, hint) in [
      (["log", "-n", "-1"], "-n=-1"), (["compress", "--tolerance", "-0.5"], "--tolerance=-0.5"),
    ] {
      let result = try place.rledit.run(words)
      expectFailure(result, 2, naming: words[1])
      #expect(result.errors.hasSuffix("'=': \(hint)\n"), "\(result.errors)")
    }
    #expect(try place.rledit("log", "-n").errors.contains("rledit log --help"))
    #expect(try place.rledit("log", "-n=-1").errors.contains("must not be negative"))
  }

  @Test func suggestionsAreOffered() throws {
    let place = try Workplace.withHistory()
    try place.succeed("branch", "experiment")
    #expect(
      try place.rledit("switch", "experimnet").errors.contains("did you mean \"experiment\"?"))
    #expect(try place.rledit("stauts").errors.contains("did you mean \"status\""))
    #expect(try place.rledit("help", "exit-code").errors.contains("\"exit-codes\""))
  }

  @Test func deltasThatDoNotFitAreRefused() throws {
    let place = try Workplace.withHistory()
    try place.writeDelta("shape", rows: 3)
    try place.writeDelta("infinite") { $0[5] = .infinity }
    try place.writeDelta("unknown", tensor: "model.layers.9.mlp.gate_proj.weight")
    try place.writeDelta("vector", tensor: "model.norm.weight")
    // Finite itself, and no longer so once it is applied.
    try place.writeDelta("overflowing") { $0 = $0.map { _ in .greatestFiniteMagnitude } }
    for name in ["shape", "infinite", "unknown", "vector", "overflowing"] {
      let result = try place.rledit("commit", "--delta", name, "-m", "x")
      expectFailure(result, 14, naming: "\"")
    }
    #expect(try place.json("status")["activeDeltas"] as? Int == 0)
    try place.expectWhole()
  }

  /// Every malformed safetensors file of the golden data.
  @Test func malformedModelsAreRefused() throws {
    let place = try Workplace()
    try place.succeed("init")
    struct Index: Decodable {
      struct File: Decodable {
        let file: String
        /// `nil` where the format leaves it open.
        let mustReject: Bool?
      }
      let malformed: [File]
    }
    let files = try Golden.snakeCaseJSON(Index.self, "safetensors/index.json").malformed
    #expect(files.count { $0.mustReject == true } == 80)
    for file in files where file.mustReject == true {
      let result = try place.rledit("import", Golden.path("safetensors/\(file.file)"))
      expectFailure(result, 13, naming: "\"")
    }
    try place.expectWhole()
  }
}

import Foundation
import Tensors
import Testing

/// Methods, their settings and covariances as a user gives them.
@Suite struct EditingMethodsTests {
  /// Options with which each method edits the tiny model.
  static let methods: [(name: String, options: [String])] = [
    ("rledit", []),
    (
      "rledit",
      [
        "--covariance", "prose", "--modules", "down", "--layers", "0-2", "--set", "rule=leverage",
        "--set", "rows=subject", "--set", "step-fraction=0.1", "--set", "memory-weight=1",
        "--set", "covariance-weight=1", "--set", "inner-steps=20", "--set", "rank=5",
        "--set", "contexts=[\"About {},\"]",
      ]
    ),
    (
      "rledit-recursive",
      [
        "--covariance", "prose", "--set", "covariance-weight=1", "--set", "memory-weight=1",
        "--set", "step-fraction=0.1", "--set", "inner-steps=20",
      ]
    ),
    (
      "rledit-lifelong",
      [
        "--covariance", "prose", "--set", "covariance-weight=1", "--set", "memory-weight=1",
        "--set", "step-fraction=0.1", "--set", "inner-steps=20",
      ]
    ),
    ("rledit", ["--set", "memory-weight=1", "--set", "log-ridge=0.5"]),
    (
      "ultraedit",
      [
        "--covariance", "prose", "--modules", "down", "--layers", "0-1", "--set", "step-size=0.01",
        "--set", "memory-weight=1", "--set", "covariance-weight=0.1",
      ]
    ),
    ("fine-tuning", ["--set", "learning-rate=0.01", "--set", "steps=4"]),
    (
      "fine-tuning-constrained",
      ["--set", "learning-rate=0.01", "--set", "steps=4", "--set=radius=0.01"]
    ),
    (
      "memit",
      [
        "--covariance", "prose", "--set", "covariance-weight=0.1", "--set", "norm-limit=4",
        "--set", "steps=8",
      ]
    ),
    (
      "alphaedit",
      [
        "--covariance", "prose", "--set", "null-space-threshold=0.1", "--set", "ridge=0.01",
        "--set", "norm-limit=4", "--set", "steps=8", "--layers", "0-1",
      ]
    ),
  ]

  /// A store with the talking model and a covariance of it, `prose`.
  private static func workplace(facts: Int) throws -> Workplace {
    let place = try Workplace.withTalkingModel(facts: facts)
    // More tokens than a key has numbers, and all different ones.
    let words = (0..<300).map { "\(String($0, radix: 36))\(Unicode.Scalar(UInt8(33 + $0 % 90)))" }
    try words.joined(separator: " ").write(
      toFile: place.path("prose.txt"), atomically: true, encoding: .utf8)
    try place.succeed("covariance", "prose.txt", "--name", "prose", "--layers", "0-2")
    return place
  }

  @Test(arguments: methods)
  func everyMethodsDeltasAreMadeAgainFromTheirCommits(
    _ method: (name: String, options: [String])
  ) throws {
    let place = try Self.workplace(facts: 6)
    let report = try place.rledit.run(
      ["edit", "facts.jsonl", "--batch", "2", "--method", method.name, "--json"] + method.options)
    #expect(report.status == 0, "\(report.errors)")
    let commits = try #require(report.json()["commits"] as? [[String: Any]])
    #expect(commits.count == 3)
    for commit in commits {
      let (before, after) = (commit["lossBefore"] as? Double, commit["lossAfter"] as? Double)
      #expect(try #require(after) < #require(before), "\(commit)")
    }
    let recipe = try #require(place.json("show")["recipe"] as? [String: Any])
    #expect(recipe["method"] as? String == method.name)
    try place.succeed("revert", "HEAD~1")
    let again = try place.rledit.run(
      ["edit", "facts.jsonl", "--batch", "6", "--method", method.name] + method.options)
    #expect(again.status == 0, "\(again.errors)")
    place.rledit.environment["RLEDIT_ISA"] = "scalar"
    let replay = try place.json("replay", "--verify", "--regenerate", "--threads", "1")
    #expect((replay["regenerated"] as? [[String: Any]])?.count == 4)
    try place.expectWhole()
  }

  /// Every setting of each method, so that its standards may change, and the ids of the two deltas that
  /// it made on the day when its engine version was fixed. When this fails for a method, raise its
  /// version, and only then these ids.
  static let pinned: [(method: String, version: Int, options: [String], deltas: [String])] = [
    (
      "rledit-lifelong", 3,
      [
        "rule=leverage", "rows=subject", #"contexts=["{} is"]"#, "step-size=0.001", "log-ridge=0.0",
        "step-fraction=0.1", "step-trust=0.5", "inner-steps=6", "target-loss=0.3",
        "preserve-weight=3.0", "memory-weight=10.0", "covariance-weight=1.0",
        "covariance-ridge=0.1",
        "curvature-damping=1.0", "rank=3", "factor-type=BF16",
      ],
      [
        "0a06e848dca4a7e7c2e4671d2b03793ad7badc09bc6b167530bff077ce00aa7a",
        "39370dd2fb6f1ed1b47708d35aa6177082b25192f18fa98809feede35abf4dfb",
      ]
    ),
    (
      // A rank above both sides of the matrices, and steps that seek targets without a metric.
      "rledit", 3,
      [
        "rule=least-squares", "rows=subject", #"contexts=["{} is","{} was"]"#, "step-size=0.001",
        "log-ridge=0.5", "step-fraction=0.01", "step-trust=0.5", "inner-steps=24",
        "target-loss=0.01", "preserve-weight=3.0", "memory-weight=0.0", "covariance-weight=0.0",
        "covariance-ridge=0.1", "curvature-damping=0.0", "rank=3", "factor-type=BF16",
      ],
      [
        "7c4ece56a17396ea6708e9b2de0c181801c3e678b423e90cdb7ea6a204685523",
        "247277d9fe06fdbf3e23b613fa0c865bf1466293c04846aa7ace9244cd7ac9fe",
      ]
    ),
    (
      "fine-tuning", 1,
      [
        "optimizer=adam", "learning-rate=0.01", "steps=4", "target-loss=0.1", "rank=12",
        "factor-type=BF16",
      ],
      [
        "793770349bea659dba134b41f9ef4f34e9c1cac3bee6498adca6f0e6b83ba3b8",
        "ef6b55930e1330f45cc0de8a1e1639b939e9d484b3941afbf8e8e530e998ca26",
      ]
    ),
    (
      "fine-tuning-constrained", 1,
      [
        "optimizer=gradient", "learning-rate=0.5", "steps=4", "target-loss=0.1", "rank=40",
        "factor-type=F16", "radius=0.004",
      ],
      [
        "c53ceba913b69e017161345bfb663f8c8b946aea2b75a6b9367be525bc58f77d",
        "7311724bd844ed327e7486b88ea752bba127d259683c3622d0532dc362b27166",
      ]
    ),
    (
      "memit", 1, ["covariance-weight=0.1"] + locateAndEdit,
      [
        "40f037c1c0b7c904ca07f82cbc8beb0ef2edd1d79134f856f8460fc438740dc3",
        "8961188b7bc61baf0be6924bbdbf7a4a3fe4fadcf173f9d60ba8c762d4ee5064",
      ]
    ),
    (
      "alphaedit", 1, ["null-space-threshold=0.1", "ridge=0.01"] + locateAndEdit,
      [
        "6447115578b26cef82d85fbb5afc8cedce065092d2e790fd96adeaa8891d919b",
        "ac09ac687d0c12f28fd2f87d8e34415140d8dc1a745766a940aba45ad595212d",
      ]
    ),
  ]

  private static let locateAndEdit = [
    "learning-rate=0.3", "steps=9", "target-loss=0.05", "divergence-weight=0.1", "decay=0.2",
    "norm-limit=3", "contexts=0", "essence= is a", "factor-type=F32",
  ]

  @Test(arguments: pinned)
  func theEnginesBitsAreThoseOfTheirVersions(
    _ method: (method: String, version: Int, options: [String], deltas: [String])
  ) throws {
    let place = try Self.workplace(facts: 4)
    var options = method.options.flatMap { ["--set", $0] }
    if !["rledit", "fine-tuning", "fine-tuning-constrained"].contains(method.method) {
      options += ["--covariance", "prose"]
    }
    let result = try place.rledit.run(
      [
        "edit", "facts.jsonl", "--batch", "2", "--method", method.method, "--layers", "0-1",
        "--modules", "down",
      ] + options)
    #expect(result.status == 0, "\(result.errors)")
    let recipe = try #require(place.json("show")["recipe"] as? [String: Any])
    #expect(recipe["engineVersion"] as? Int == method.version)
    let deltas = try ["HEAD~1", "HEAD"].flatMap { try place.deltas(of: $0) }
    #expect(deltas == method.deltas, "\(method.method) \(deltas)")
  }

  /// Methods that remember the keys of earlier edits.
  static let remembering = methods.filter { method in
    method.name == "alphaedit" || method.options.contains("memory-weight=1")
  }

  @Test(arguments: remembering)
  func editingOnAfterARevertForgetsTheKeysOfTheEdit(
    _ method: (name: String, options: [String])
  ) throws {
    let place = try Self.workplace(facts: 6)
    func edit(_ name: String, _ records: Range<Int>) throws {
      let lines = try String(contentsOfFile: place.path("facts.jsonl"), encoding: .utf8)
        .split(separator: "\n")
      try lines[records].joined(separator: "\n").write(
        toFile: place.path(name), atomically: true, encoding: .utf8)
      let result = try place.rledit.run(
        ["edit", name, "--method", method.name] + method.options)
      #expect(result.status == 0, "\(result.errors)")
    }
    try edit("first", 0..<2)
    try place.succeed("branch", "without")
    try edit("second", 2..<4)
    try place.succeed("branch", "with")
    try place.succeed("revert", "HEAD")
    var deltas: [String: [String]] = [:]
    for branch in ["main", "without", "with"] {
      try place.succeed("switch", branch)
      try edit("third", 4..<6)
      deltas[branch] = try place.deltas(of: "HEAD")
    }
    #expect(deltas["main"]?.count == 1)
    #expect(deltas["main"] == deltas["without"])
    #expect(deltas["main"] != deltas["with"])
  }

  @Test func whatIsMeasuredByDefaultServesEveryMethodThatNeedsACovariance() throws {
    let place = try Self.workplace(facts: 1)
    try place.succeed("covariance", "prose.txt")
    for method in Self.methods
    where ["rledit-recursive", "rledit-lifelong", "memit"].contains(method.name) {
      let options = method.options.map { $0 == "prose" ? "default" : $0 }
      let result = try place.rledit.run(
        ["edit", "facts.jsonl", "--method", method.name] + options)
      #expect(result.status == 0, "\(method.name) \(result.errors)")
    }
    let alphaEdit = try place.rledit(
      "edit", "facts.jsonl", "--method", "alphaedit", "--covariance", "default", "--set",
      "null-space-threshold=0.1")
    #expect(alphaEdit.status == 0, "\(alphaEdit.errors)")
  }

  @Test func covariancesAreListedReplacedAndDeleted() throws {
    let place = try Self.workplace(facts: 1)
    let head = try place.id()
    #expect(try place.rledit("covariance", "prose.txt", "--name", "prose").status == 12)
    let made = try place.json(
      "covariance", "prose.txt", "--tokens", "200", "--modules", "gate,up,down", "--layers", "1")
    #expect(made["name"] as? String == "default" && made["tokens"] as? Int == 200)
    #expect(made["places"] as? [String] == ["1.mlp", "1.activation"])
    func names() throws -> [String] {
      let list = try place.json("covariance", "--list")["covariances"] as? [[String: Any]]
      return try #require(list).compactMap { $0["name"] as? String }
    }
    #expect(try names() == ["default", "prose"])
    try place.succeed("covariance", "prose.txt", "--name", "prose", "--force", "--no-curvature")
    let list = try #require(
      place.json("covariance", "--list")["covariances"] as? [[String: Any]])
    #expect(list.map { $0["curvature"] as? Bool } == [true, false])
    #expect(
      try place.succeed("covariance", "--list").split(separator: "\n").map {
        $0.hasSuffix(" (without curvature)")
      } == [false, true])
    try place.succeed("covariance", "--delete", "default")
    #expect(try names() == ["prose"])
    try place.succeed("undo")
    #expect(try names() == ["default", "prose"])
    // They lie beside the history, not in it.
    #expect(try place.id() == head)
    try place.expectWhole()
  }

  @Test func theModelItselfWritesTextToBeMeasuredOn() throws {
    let place = try Self.workplace(facts: 1)
    func attachments(_ name: String, _ options: [String]) throws -> NSDictionary {
      let made = try place.rledit.run(
        ["covariance", "--generated", "150", "--name", name, "--json"] + options
      ).json()
      #expect(made["tokens"] as? Int == 150)
      let shown = try place.json("show", try #require(made["commit"] as? String))
      let message = (shown["commit"] as? [String: Any])?["message"] as? String
      #expect(message?.contains("the model's own text") == true)
      return try #require(shown["attachments"] as? NSDictionary)
    }
    let first = try attachments("first", [])
    #expect(first.count == 1)
    #expect(try attachments("again", ["--threads", "1"]) == first)
    #expect(try attachments("other", ["--begin", "Town"]) != first)
    let edited = try place.rledit.run([
      "edit", "facts.jsonl", "--method", "memit", "--covariance", "first", "--modules", "down",
      "--layers", "0-1", "--set", "covariance-weight=0.1",
    ])
    #expect(edited.status == 0, "\(edited.errors)")
  }

  @Test func promptsOfEditRecordsAreMeasuredBesideText() throws {
    let place = try Self.workplace(facts: 3)
    let lines = try String(contentsOfFile: place.path("facts.jsonl"), encoding: .utf8)
      .split(separator: "\n")
    try lines[..<2].joined(separator: "\n").write(
      toFile: place.path("two.jsonl"), atomically: true, encoding: .utf8)
    func measured(_ name: String, _ options: [String]) throws -> (tokens: Int, NSDictionary) {
      let made = try place.rledit.run(
        ["covariance", "prose.txt", "--layers", "0-1", "--name", name, "--json"] + options
      ).json()
      let shown = try place.json("show", try #require(made["commit"] as? String))
      return (
        try #require(made["tokens"] as? Int), try #require(shown["attachments"] as? NSDictionary)
      )
    }
    let text = try measured("text", [])
    let two = try measured("two", ["--facts", "two.jsonl"])
    let three = try measured("three", ["--facts", "facts.jsonl"])
    let limited = try measured("limited", ["--facts", "facts.jsonl", "--limit", "2"])
    #expect(text.tokens < two.tokens && two.tokens < three.tokens)
    #expect(limited.tokens == two.tokens && limited.1 == two.1)
    #expect(text.1 != two.1 && two.1 != three.1)
  }

  @Test func aModelWhoseTextsBeginWithNoTokenMustBeToldWithWhat() throws {
    let place = try Workplace()
    try TalkingModel.write(to: place.path("model"))
    let path = place.path("model/config.json")
    let text = try String(contentsOfFile: path, encoding: .utf8)
    let lines = text.split(separator: "\n").filter { !$0.contains("bos_token_id") }
    #expect(lines.count > 5)
    try lines.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
    try place.succeed("init")
    try place.succeed("import", "model")
    let result = try place.rledit("covariance", "--generated", "10")
    #expect(result.status == 2 && result.errors.contains("--begin"), "\(result.errors)")
    try place.succeed("covariance", "--generated", "10", "--begin", "\n", "--no-curvature")
  }

  @Test func whatAMethodCannotDoEndsWithItsCodeAndAHint() throws {
    let place = try Self.workplace(facts: 1)
    try "".write(toFile: place.path("empty.txt"), atomically: true, encoding: .utf8)
    try place.succeed(
      "covariance", "prose.txt", "--name", "inputs", "--layers", "0-2", "--no-curvature")
    let cases: [(arguments: [String], status: Int32, sentence: String, hint: String)] = [
      (["edit", "facts.jsonl", "--method", "memti"], 2, "memti", "\"memit\""),
      (["edit", "facts.jsonl", "--method", "memit"], 2, "covariance", "--covariance"),
      (
        ["edit", "facts.jsonl", "--method", "memit", "--covariance", "pros"], 12, "pros",
        "\"prose\""
      ),
      (
        [
          "edit", "facts.jsonl", "--method", "memit", "--covariance", "prose", "--modules", "up",
        ], 2, "memit", "down projections"
      ),
      (
        [
          "edit", "facts.jsonl", "--method", "alphaedit", "--covariance", "prose",
          "--set=null-space-threshold=1e-9",
        ], 14, "0.activation", "null-space-threshold"
      ),
      (
        ["edit", "facts.jsonl", "--set", "curvature-damping=1"], 2, "covariance", "--covariance"
      ),
      (
        ["edit", "facts.jsonl", "--method", "rledit-lifelong", "--covariance", "inputs"], 14,
        "curvature", "curvature-damping=0"
      ),
      (["edit", "facts.jsonl", "--set", "step=1"], 2, "\"step\"", "step-size"),
      (
        ["edit", "facts.jsonl", "--set", "rule=outer-product", "--set", "step-fraction=1"], 2,
        "step-fraction", "help methods"
      ),
      (
        [
          "edit", "facts.jsonl", "--method", "memit", "--covariance", "prose", "--preserve",
          "facts.jsonl",
        ], 2, "--preserve", "ultraedit"
      ),
      (
        ["edit", "facts.jsonl", "--set", "memory-weight=1", "--preserve", "facts.jsonl"], 2,
        "--preserve", "malmen"
      ),
      (
        ["edit", "facts.jsonl", "--method", "fine-tuning", "--covariance", "prose"], 2,
        "no covariance", "--covariance"
      ),
      (
        ["edit", "facts.jsonl", "--covariance", "prose"], 2, "no covariance", "covariance-weight"
      ),
      (
        ["edit", "facts.jsonl", "--set", "inner-steps=1001"], 2,
        "setting \"inner-steps\" cannot be \"1001\"", "a whole number 1 … 1000"
      ),
      (["edit", "facts.jsonl", "--set", "nothing"], 2, "NAME=VALUE", "--help"),
      (
        ["edit", "facts.jsonl", "--method", "fine-tuning", "--step-size", "1"], 2, "step-size",
        "learning-rate"
      ),
      (["covariance", "empty.txt"], 13, "empty.txt", "text"),
      (["covariance"], 2, "text files", "--help"),
      (["covariance", "--generated", "0"], 2, "--generated", "--help"),
      (["covariance", "prose.txt", "--begin", "a"], 2, "--generated", "--help"),
      (["covariance", "prose.txt", "--layers", "9", "--name", "x"], 14, "model.layers.9", "stat"),
      (["covariance", "--delete", "nothing"], 12, "nothing", "stat"),
    ]
    for (arguments, status, sentence, hint) in cases {
      let result = try place.rledit.run(arguments)
      #expect(result.status == status, "\(arguments): \(result.errors)")
      let lines = result.errors.split(separator: "\n")
      #expect(lines.first?.contains(sentence) == true, "\(arguments): \(result.errors)")
      #expect(lines.last?.contains(hint) == true, "\(arguments): \(result.errors)")
    }
  }

  @Test func theHelpOnMethodsListsEverySetting() throws {
    let place = try Workplace()
    let help = try place.succeed("help", "methods")
    for words in [
      "rledit: ", "fine-tuning: ", "fine-tuning-constrained: ", "memit: ", "alphaedit: ",
      "step-size", "learning-rate", "radius", "covariance-weight", "null-space-threshold",
      "needs --covariance", "a whole number 1 … 1000; 12 by default",
    ] {
      #expect(help.contains(words), "\(words)")
    }
  }
}

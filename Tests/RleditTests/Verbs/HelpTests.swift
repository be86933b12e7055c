import Testing

@Suite struct HelpTests {
  /// The options and arguments of every verb: what scripts rely on.
  static let verbs: [(verb: String, words: [String])] = [
    ("init", ["<dir>"]),
    ("import", ["<path>", "--link", "-m, --message"]),
    (
      "edit",
      [
        "--method <name>", "--set <name=value>", "--covariance <name>", "--layers", "--modules",
        "--batch <count>", "--preserve <facts>",
      ]
    ),
    ("covariance", ["<text>", "--name <name>", "--tokens <count>", "--list", "--delete <name>"]),
    ("commit", ["--delta <file>", "-m, --message"]),
    (
      "eval",
      [
        "<facts>", "--at <revision>", "--limit", "--sample", "--seed", "--where <field=text>",
        "--commits <a..b>", "--measures", "--text <file>",
      ]
    ),
    (
      "curve",
      [
        "<facts>", "--at <revision>", "--every <n>", "--out <prefix>", "--sample", "--seed",
        "--where <field=text>", "--measures", "--text <file>",
      ]
    ),
    ("status", []),
    ("log", ["<revision>", "--all", "--graph", "--oneline", "-n, --limit"]),
    ("show", ["<revision>"]),
    ("diff", ["<a>", "<b>", "--stat", "--directions", "--exit-code"]),
    ("stat", ["--tensors"]),
    ("branch", ["-d, --delete", "-m, --move", "-r, --remotes", "-a, --all"]),
    ("tag", ["-d, --delete", "-m, --message"]),
    ("switch", ["-c, --create", "--detach"]),
    ("reset", ["<revision>"]),
    ("revert", ["<revision>", "-m, --message"]),
    ("undo", []),
    ("redo", []),
    ("op log", ["-n, --limit"]),
    ("replay", ["<revision>", "--verify", "--regenerate"]),
    ("verify", ["<revision>", "--signatures", "--all", "--allowed-signers <file>"]),
    ("key generate", ["<file>", "--name <text>", "--signing-key <file>", "--no-sign"]),
    ("key show", ["<file>"]),
    ("key trust", ["<line>", "--allowed-signers <file>"]),
    ("key list", ["--allowed-signers <file>"]),
    ("note add", ["<revision>", "-m, --message"]),
    ("note remove", ["<revision>", "--id <id>", "--all"]),
    ("fsck", ["--full"]),
    ("clone", ["<source>", "<directory>", "--remote-program <path>"]),
    ("remote add", ["<name>", "<location>", "--remote-program <path>"]),
    ("remote rename", ["<old>", "<new>"]),
    ("remote set-url", ["<name>", "<location>", "--remote-program <path>"]),
    ("fetch", ["<remote>", "--remote-program <path>"]),
    ("pull", ["<remote>", "<branch>", "--prefer", "--remote-program <path>"]),
    (
      "push", ["<remote>", "<name>", "--all", "--force", "-d, --delete", "--remote-program <path>"]
    ),
    ("serve", ["<path>"]),
    ("export", ["<revision>", "<out>", "--format", "--dtype", "--force"]),
  ]

  @Test(arguments: verbs)
  func theHelpOfAVerbNamesItsOptions(_ verb: (verb: String, words: [String])) throws {
    let place = try Workplace()
    let names = verb.verb.split(separator: " ").map(String.init)
    let help = try place.rledit.run(names + ["--help"])
    #expect(help.status == 0 && help.errors.isEmpty)
    for word in verb.words + ["-C <directory>", "--store <path>", "--threads", "--json", "--color"]
    {
      #expect(help.output.contains(word), "\(verb.verb): \(word)")
    }
    #expect(try place.rledit.run(["help"] + names).output == help.output)
  }

  @Test func theTopLevelHelpListsEveryVerb() throws {
    let place = try Workplace()
    let help = try place.succeed("--help")
    for verb in Self.verbs {
      let name = verb.verb.split(separator: " ")[0]
      #expect(help.contains("\n  \(name) "), "\(name)")
    }
    #expect(try place.succeed() == help)
    #expect(try place.succeed("help") == help)
    #expect(try place.succeed("--version").hasSuffix("\n"))
  }

  @Test func theExitCodesAreDocumented() throws {
    let table = try Workplace().succeed("help", "exit-codes")
    for code in [0, 1, 2, 3, 10, 11, 12, 13, 14, 15, 16, 17, 130, 255] {
      #expect(table.contains(" \(code)  "), "\(code)")
    }
  }

  @Test func theFormsOfRevisionsAreDocumented() throws {
    let table = try Workplace().succeed("help", "revisions")
    for form in ["main~3", "main^2", "@{-1}", "@{u}", ":/text", "A..B", "A...B", "^A"] {
      #expect(table.contains(form), "\(form)")
    }
  }

  @Test(arguments: ["bash", "zsh", "fish"])
  func completionsAreMadeForEveryShell(_ shell: String) throws {
    let script = try Workplace().succeed("--generate-completion-script", shell)
    #expect(script.contains("replay") && script.contains("fsck"))
  }
}

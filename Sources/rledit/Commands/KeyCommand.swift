import ArgumentParser
import Ledger
import ObjectModel

/// `rledit key`
struct KeyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "key", abstract: "Make keys to sign with, and say whose are trusted.",
    discussion: """
      With --signing-key FILE, or RLEDIT_SIGNING_KEY, every new commit and annotated tag is signed, also \
      those that a merge, rebase or cherry-pick makes. 'rledit verify --signatures' tells who signed what.
      """,
    subcommands: [
      KeyGenerateCommand.self, KeyShowCommand.self, KeyTrustCommand.self, KeyListCommand.self,
    ])
}

/// `rledit key generate`
struct KeyGenerateCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "generate", abstract: "Make a private key, and print the line of its public one.",
    discussion: """
      FILE is for your eyes alone (mode 0600) and is not protected by a passphrase: whoever has it signs \
      as you. The line is for those who are to trust you.
      """)

  @Argument(help: "The file to make.", completion: .file())
  var file: String

  @Option(
    help: .init("Whose key it is; by default the author of commits.", valueName: "text"))
  var name: String?

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func run() throws {
    let name = name ?? Author.current
    guard SignerName.isUsable(name) else {
      throw CommandError.usage(
        "\(Wording.quoted(name)) cannot be the name of a key's holder",
        hint: "use one line of at most \(SignerName.maximumBytes) bytes")
    }
    let key = try SigningKey(name: name)
    try SigningKeyFile(path: file).create(key)
    try global.terminal.show(KeyReport([key.entry], path: file), as: global)
  }
}

/// `rledit key show`
struct KeyShowCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Print the public key's line of a private key.")

  @Argument(
    help: .init("The private key; by default the one that commits are signed with."),
    completion: .file())
  var file: String?

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func run() throws {
    guard let file = file.map({ SigningKeyFile(path: $0) }) ?? global.signingKeyFile else {
      throw KeyFileError.noneNamed
    }
    try global.terminal.show(KeyReport([file.key().entry], path: file.path), as: global)
  }
}

/// `rledit key trust`
struct KeyTrustCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "trust", abstract: "Trust what a public key signs, from now on and in this store.",
    discussion: """
      The line is what 'rledit key show' prints. It is added to the file of --allowed-signers, else of \
      RLEDIT_ALLOWED_SIGNERS, else to 'allowed-signers' in the store, which stays here: nothing that \
      travels changes whom you trust. To trust somebody no longer, take the line out of the file.
      """)

  @Argument(help: .init("The public key's line: ed25519 KEY NAME.", valueName: "line"))
  var words: [String]

  @OptionGroup
  var trust: TrustOptions

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func run() throws {
    let file = try AllowedSignersFile.find(trust, global)
    let (entry, isNew) = try file.add(words.joined(separator: " "))
    try global.terminal.show(
      MessageReport(
        "\(isNew ? "Trusting" : "Trusting already") \(entry.name), key \(entry.key.short)",
        name: entry.name),
      as: global)
  }
}

/// `rledit key list`
struct KeyListCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the public keys that are trusted.")

  @OptionGroup
  var trust: TrustOptions

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func run() throws {
    let file = try AllowedSignersFile.find(trust, global)
    try global.terminal.show(KeyReport(file.read().entries, path: file.path), as: global)
  }
}

extension AllowedSignersFile {
  /// The file of the options, or that of the command line's store.
  fileprivate static func find(
    _ trust: TrustOptions, _ global: GlobalOptions
  ) throws -> AllowedSignersFile {
    AllowedSignersFile(trust.allowedSigners, store: try StoreLocation.find(global.store))
  }
}

extension SigningKey {
  fileprivate var entry: AllowedSigners.Entry { .init(key: publicKey, name: name) }
}

/// Public keys.
private struct KeyReport: Report {
  struct Key: Encodable {
    let algorithm: String
    let key: String
    let name: String
    let line: String
  }

  let keys: [Key]
  /// The file that they are from.
  let path: String

  init(_ entries: [AllowedSigners.Entry], path: String) {
    keys = entries.map {
      Key(algorithm: PublicKey.algorithm, key: $0.key.hex, name: $0.name, line: $0.line)
    }
    self.path = path
  }

  func print(on terminal: Terminal) throws {
    for key in keys { try terminal.print(key.line) }
  }
}

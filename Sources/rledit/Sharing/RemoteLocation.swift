import Foundation

/// Where another store is, as users write it.
enum RemoteLocation: Equatable {
  /// The path of a store on this machine, or of a directory with one.
  case directory(String)
  /// `ssh://[USER@]HOST[:PORT]/PATH` or `[USER@]HOST:PATH`.
  case ssh(SSHAddress)
  /// `rclone:REMOTE:PATH`.
  case rclone(String)

  /// - Throws: ``CommandError/badLocation(_:reason:)``.
  init(_ text: String) throws {
    guard !Self.hasControlCharacter(text) else {
      throw CommandError.badLocation(text, reason: "it has a control character")
    }
    if let path = Self.rest(of: text, after: "rclone:") {
      guard !path.isEmpty, !path.hasPrefix("-") else {
        throw CommandError.badLocation(text, reason: "it names no remote of rclone")
      }
      self = .rclone(path)
    } else if text.hasPrefix("ssh://") {
      self = .ssh(try SSHAddress(url: text))
    } else if let scheme = text.firstRange(of: "://") {
      throw CommandError.badLocation(
        text, reason: "\(Wording.quoted(String(text[..<scheme.lowerBound]))) is no way to a store")
    } else if !FileManager.default.fileExists(atPath: text), Self.namesHost(text) {
      self = .ssh(try SSHAddress(short: text))
    } else {
      self = .directory(Self.absolute(text))
    }
  }

  /// Whether the text can only be a location, and not a remote's name.
  static func isLocation(_ text: String) -> Bool {
    text.contains("/") || text.contains(":") || FileManager.default.fileExists(atPath: text)
  }

  /// The path on this machine where there is no directory, so that only a bundle can be meant.
  var bundlePath: String? {
    var isDirectory: ObjCBool = false
    guard case .directory(let path) = self,
      !FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
        || !isDirectory.boolValue
    else { return nil }
    return path
  }

  /// How it is kept and shown.
  var text: String {
    switch self {
    case .directory(let path): path
    case .ssh(let address): address.text
    case .rclone(let path): "rclone:" + path
    }
  }

  static func absolute(_ path: String) -> String {
    URL(fileURLWithPath: path).standardizedFileURL.path
  }

  static func hasControlCharacter(_ text: String) -> Bool {
    text.unicodeScalars.contains { $0.properties.generalCategory == .control }
  }

  /// Whether there is a colon before any slash, as in `host:path`.
  private static func namesHost(_ text: String) -> Bool {
    text.first == "[" || text.prefix { $0 != "/" }.contains(":")
  }

  private static func rest(of text: String, after prefix: String) -> String? {
    text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : nil
  }
}

/// A directory on another machine, in reach of `ssh`.
struct SSHAddress: Equatable {
  let user: String?
  let host: String
  let port: Int?
  /// Relative to the user's home there, where it does not begin with `/`.
  let path: String

  /// How it was written.
  let text: String

  /// - Throws: ``CommandError/badLocation(_:reason:)``.
  init(url text: String) throws {
    let rest = text.dropFirst("ssh://".count)
    guard let slash = rest.firstIndex(of: "/") else {
      throw CommandError.badLocation(text, reason: "it has no path behind the host")
    }
    guard let path = String(rest[slash...]).removingPercentEncoding else {
      throw CommandError.badLocation(text, reason: "a \"%\" is not followed by two digits")
    }
    var authority = rest[..<slash]
    var port: Int?
    if let colon = authority.lastIndex(of: ":"), authority.last != "]" {
      guard let number = Int(authority[authority.index(after: colon)...]),
        (1...65535).contains(number)
      else { throw CommandError.badLocation(text, reason: "the port is none") }
      port = number
      authority = authority[..<colon]
    }
    // `/~/` is the home directory, which a path that does not begin with a slash is relative to.
    try self.init(
      String(authority), port: port,
      path: path.hasPrefix("/~/") ? String(path.dropFirst(3)) : path, text: text)
  }

  /// - Throws: ``CommandError/badLocation(_:reason:)``.
  init(short text: String) throws {
    let start = text.lastIndex(of: "]") ?? text.startIndex
    guard let colon = text[start...].firstIndex(of: ":") else {
      throw CommandError.badLocation(text, reason: "it has no \":\" behind the host")
    }
    let path = String(text[text.index(after: colon)...])
    try self.init(
      String(text[..<colon]), port: nil,
      path: path.hasPrefix("~/") ? String(path.dropFirst(2)) : path, text: text)
  }

  /// Refuses what `ssh` would take for an option.
  private init(_ authority: String, port: Int?, path: String, text: String) throws {
    func require(_ condition: Bool, _ reason: String) throws {
      guard condition else { throw CommandError.badLocation(text, reason: reason) }
    }
    try require(!RemoteLocation.hasControlCharacter(path), "its path has a control character")
    let parts = authority.split(separator: "@", omittingEmptySubsequences: false)
    try require(parts.count <= 2, "it has more than one \"@\" before the path")
    user = parts.count == 2 ? String(parts[0]) : nil
    var host = parts[parts.count - 1]
    if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
    self.host = String(host)
    self.port = port
    self.path = path.isEmpty ? "." : path
    self.text = text
    for name in [user, self.host].compactMap({ $0 }) {
      try require(!name.isEmpty, "the user or the host is empty")
      try require(!name.hasPrefix("-"), "the user or the host begins with \"-\"")
      try require(
        name.utf8.allSatisfy {
          switch $0 {
          case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), 0x80...0xff:
            true
          default: "-._:%+~".utf8.contains($0)
          }
        }, "the user or the host has a character that neither has")
    }
  }

  /// What `ssh` is called with, to run a command there.
  func arguments(command: String) -> [String] {
    (port.map { ["-p", String($0)] } ?? []) + [(user.map { $0 + "@" } ?? "") + host, command]
  }
}

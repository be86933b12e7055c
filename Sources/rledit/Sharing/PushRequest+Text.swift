import Ledger
import ObjectModel
import ObjectStore

extension LedgerView {
  /// What a user asks to be pushed: `NAME`, `HEAD` and `@` being the current branch; `SOURCE:NAME`, a branch, a
  /// tag or a revision under a name there; `:NAME`, which is to go there.
  ///
  /// - Throws: `LedgerError`, `ObjectStoreError`, ``CommandError/usage(_:hint:)``.
  func pushRequest(_ text: String) throws -> PushRequest {
    try refuseForcingSign(text)
    guard let colon = text.firstIndex(of: ":") else {
      if text == "HEAD" || text == "@", case .branch(let current, _) = try head() {
        return .reference(try shared(current))
      }
      return .reference(try shared(text))
    }
    let (source, name) = (String(text[..<colon]), String(text[text.index(after: colon)...]))
    guard !name.isEmpty else {
      throw CommandError.usage(
        "\(Wording.quoted(text)) names nothing in the other store",
        hint: "SOURCE:NAME pushes under a name there, and :NAME removes what is called so")
    }
    guard !source.isEmpty else { return .removal(name) }
    if let found = try? shared(source), let value = try snapshot.reference(found) {
      return .value(value, as: try Self.destination(name, like: found))
    }
    return .value(.commit(try resolve(source)), as: try Self.destination(name, like: nil))
  }

  /// Refuses git's sign for one reference that may lose commits, where nothing here is called so.
  private func refuseForcingSign(_ text: String) throws {
    let source = String(text.prefix { $0 != ":" })
    guard source.hasPrefix("+"), (try? shared(source)) == nil else { return }
    throw CommandError.usage(
      "\(Wording.quoted(text)) begins with +, and no single name is forced",
      hint: "push \(Wording.quoted(String(text.dropFirst()))) by itself, with --force")
  }

  /// The full name of what a reference is to be in another store: a tag where it is one here, else a branch.
  private static func destination(
    _ name: String, like source: ReferenceName?
  ) throws -> ReferenceName {
    if name.hasPrefix("refs/"), let full = ReferenceName(name) { return full }
    if source?.text.hasPrefix(LedgerNames.tagPrefix) ?? false { return try LedgerNames.tag(name) }
    return try LedgerNames.branch(name)
  }
}

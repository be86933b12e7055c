package import ObjectStore

/// How references are called.
package enum LedgerNames {
  package static let branchPrefix = "refs/heads/"
  package static let tagPrefix = "refs/tags/"
  /// The branch of a new ledger.
  package static let firstBranch = "main"

  /// The reference that says where the user is.
  static func head() throws -> ReferenceName { try reference("HEAD", of: "HEAD") }

  /// The reference of a branch.
  ///
  /// - Throws: ``LedgerError/invalidName(name:reason:)``.
  package static func branch(_ name: String) throws -> ReferenceName {
    try check(name)
    return try reference(branchPrefix + name, of: name)
  }

  /// The reference of a tag.
  ///
  /// - Throws: ``LedgerError/invalidName(name:reason:)``.
  package static func tag(_ name: String) throws -> ReferenceName {
    try check(name)
    return try reference(tagPrefix + name, of: name)
  }

  /// The reference of a material.
  ///
  /// - Throws: ``LedgerError/invalidName(name:reason:)``.
  package static func material(_ name: String, of kind: MaterialKind) throws -> ReferenceName {
    try check(name)
    return try reference(kind.referencePrefix + name, of: name)
  }

  /// The branch whose reference this is, or `nil` where it is not a branch's.
  package static func branchName(_ reference: ReferenceName) -> String? {
    reference.text.hasPrefix(branchPrefix)
      ? String(reference.text.dropFirst(branchPrefix.count)) : nil
  }

  /// The reference of this full name, for an error the part of it that the user gave.
  static func reference(_ text: String, of name: String) throws -> ReferenceName {
    guard let reference = ReferenceName(text) else {
      throw LedgerError.invalidName(name: name, reason: "it is too long or has a space in it")
    }
    return reference
  }

  /// Refuses names that revision syntax, a shell or a file system would read as something else.
  private static func check(_ name: String) throws {
    func require(_ condition: Bool, _ reason: String) throws {
      guard condition else { throw LedgerError.invalidName(name: name, reason: reason) }
    }
    try require(!name.isEmpty, "it is empty")
    try require(name != "HEAD" && name != "@", "it means the current commit")
    try require(!name.hasPrefix("-"), "it begins with \"-\"")
    try require(!name.contains(".."), "it contains \"..\"")
    try require(!name.contains("@{"), "it contains \"@{\"")
    try require(!name.hasSuffix("."), "it ends with \".\"")
    for character in "~^:?*[\\" {
      try require(!name.contains(character), "it contains \"\(character)\"")
    }
    try require(
      name.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7f }, "it contains a space or control character")
    // Prefixes are taken off, and revisions read, character by character: a sign of their syntax must not be
    // part of another one.
    try require(
      hasSignsOfTheirOwn("/\(name)/"),
      "a sign in it, or before or after it, would get a mark of its own")
    for part in name.split(separator: "/", omittingEmptySubsequences: false) {
      try require(!part.isEmpty, "it has an empty part")
      try require(!part.hasPrefix("."), "a part begins with \".\"")
    }
    let isIdentifier =
      name.utf8.count == 64
      && name.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    try require(!isIdentifier, "it looks like an identifier")
  }

  /// Whether every ASCII character that is no letter or digit stands for itself, without a mark that combines
  /// with it.
  private static func hasSignsOfTheirOwn(_ text: String) -> Bool {
    func isSign(_ scalar: Unicode.Scalar) -> Bool {
      scalar.isASCII && !scalar.properties.isAlphabetic && scalar.properties.numericType == nil
    }
    return text.count { $0.unicodeScalars.count == 1 && $0.unicodeScalars.allSatisfy(isSign) }
      == text.unicodeScalars.count(where: isSign)
  }
}

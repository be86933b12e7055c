import ObjectStore

/// Another store by a name.
package struct Remote: Hashable, Sendable {
  package let name: String
  /// Where it is, as the user gave it.
  package let location: String
  /// What the program is called there, where that is not the usual name.
  package let program: String?

  /// What a clone calls the store that it was made of, and where verbs go that are told no other.
  package static let standardName = "origin"

  static let propertyPrefix = "remote."
  static let programPrefix = "remote-program."

  package init(name: String, location: String, program: String? = nil) {
    self.name = name
    self.location = location
    self.program = program
  }
}

extension StoreReading {
  /// The other stores known, by name.
  fileprivate func remotes() throws -> [Remote] {
    let programs = Dictionary(
      try properties(withPrefix: Remote.programPrefix).map {
        (String($0.name.dropFirst(Remote.programPrefix.count)), $0.value)
      },
      // Two damaged names may read alike.
      uniquingKeysWith: { first, _ in first })
    return try properties(withPrefix: Remote.propertyPrefix).map {
      let name = String($0.name.dropFirst(Remote.propertyPrefix.count))
      return Remote(name: name, location: $0.value, program: programs[name])
    }
  }

  /// - Throws: ``LedgerError/noSuchRemote(name:suggestions:)``, ``ObjectStoreError``.
  fileprivate func remote(_ name: String) throws -> Remote {
    let remotes = try remotes()
    guard let found = remotes.first(where: { $0.name == name }) else {
      throw LedgerError.noSuchRemote(
        name: name, suggestions: Suggestions.likeliest(for: name, among: remotes.map(\.name)))
    }
    return found
  }

  fileprivate func requireNoRemote(_ name: String) throws {
    guard try !remotes().contains(where: { $0.name == name }) else {
      throw LedgerError.remoteExists(name: name)
    }
  }
}

extension LedgerView {
  /// The other stores known here, by name.
  ///
  /// - Throws: ``ObjectStoreError``.
  package func remotes() throws -> [Remote] { try snapshot.remotes() }

  /// - Throws: ``LedgerError/noSuchRemote(name:suggestions:)``, ``ObjectStoreError``.
  package func remote(_ name: String) throws -> Remote { try snapshot.remote(name) }
}

extension Ledger {
  /// Keeps another store's place under a name. That is no operation of the log: no history moves.
  ///
  /// - Parameter program: what the program is called there, where that is not the usual name.
  /// - Throws: ``LedgerError/remoteExists(name:)``, ``LedgerError/invalidName(name:reason:)``,
  ///   ``ObjectStoreError``.
  package func addRemote(
    _ name: String, at location: String, program: String? = nil
  ) throws {
    try requireUsable(name)
    try store.write {
      try $0.requireNoRemote(name)
      try $0.set(Remote(name: name, location: location, program: program))
    }
  }

  /// Keeps another place under a remote's name; what is known of its branches stays.
  ///
  /// - Parameter program: what the program is called there; `nil` for what it is called so far.
  /// - Throws: ``LedgerError/noSuchRemote(name:suggestions:)``, ``ObjectStoreError``.
  package func moveRemote(
    _ name: String, to location: String, program: String? = nil
  ) throws {
    try store.write {
      let remote = try $0.remote(name)
      try $0.set(
        Remote(name: name, location: location, program: program ?? remote.program))
    }
  }

  /// Calls a remote otherwise, and where its branches were likewise.
  ///
  /// - Throws: ``LedgerError/noSuchRemote(name:suggestions:)``, ``LedgerError/remoteExists(name:)``,
  ///   ``LedgerError/invalidName(name:reason:)``, ``LedgerError/referenceMoved(name:by:)``,
  ///   ``ObjectStoreError``.
  package func renameRemote(
    _ name: String, to newName: String, _ context: OperationContext
  ) throws {
    let view = try view()
    _ = try view.remote(name)
    try requireUsable(newName)
    let prefix = LedgerNames.branchPrefix(of: name)
    var changes: [LoggedOperation.Change] = []
    var branches: [(name: ReferenceName, value: Reference?)] = []
    for (reference, value) in try view.references(of: name, without: []) {
      changes.append(.init(name: reference, old: value, new: nil))
      let branch = try LedgerNames.branch(String(reference.text.dropFirst(prefix.count)))
      branches.append((name: branch, value: value))
    }
    changes += try view.changes(tracking: branches, of: newName)
    try record(changes, context) {
      // Settings are no references, whose values a record compares: another process may have moved them.
      let remote = try $0.remote(name)
      try $0.requireNoRemote(newName)
      try $0.forgetRemote(name)
      try $0.set(Remote(name: newName, location: remote.location, program: remote.program))
    }
  }

  private func requireUsable(_ name: String) throws {
    // Its branches are called NAME/BRANCH, so that a name of two parts would take them from another.
    _ = try LedgerNames.branch(name + "/main")
    guard !name.contains("/") else {
      throw LedgerError.invalidName(name: name, reason: "it contains \"/\"")
    }
  }

  /// Forgets a remote, and where its branches were; also where a store without a name, or one that has
  /// none any more, had them.
  ///
  /// - Throws: ``LedgerError/noSuchRemote(name:suggestions:)``, ``LedgerError/referenceMoved(name:by:)``,
  ///   ``ObjectStoreError``.
  package func removeRemote(_ name: String, _ context: OperationContext) throws {
    let view = try view()
    let changes = try view.references(of: name, without: []).map {
      LoggedOperation.Change(name: $0.name, old: $0.value, new: nil)
    }
    if changes.isEmpty { _ = try view.remote(name) }
    try record(changes, context) { try $0.forgetRemote(name) }
  }
}

extension WriteTransaction {
  fileprivate func set(_ remote: Remote) throws {
    try setProperty(Remote.propertyPrefix + remote.name, to: remote.location)
    try setProperty(Remote.programPrefix + remote.name, to: remote.program)
  }

  fileprivate func forgetRemote(_ name: String) throws {
    try setProperty(Remote.propertyPrefix + name, to: nil)
    try setProperty(Remote.programPrefix + name, to: nil)
  }
}

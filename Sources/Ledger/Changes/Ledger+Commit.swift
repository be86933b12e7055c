package import ObjectModel
import ObjectStore

extension Ledger {
  /// Makes the first commit of the current branch, which has none yet: the model as imported.
  ///
  /// - Throws: ``LedgerError/hasCommits(branch:)``, ``LedgerError/missingObject(type:id:)``,
  ///   ``LedgerError/referenceMoved(name:by:)``, ``ObjectStoreError``, ``ObjectModelError``.
  @discardableResult
  package func commitRoot(
    model: ModelID, message: String, attachments: [String: AttachmentID] = [:],
    _ context: OperationContext
  ) throws -> CommitID {
    let view = try view()
    switch try view.head() {
    case .branch(_, nil): break
    case .branch(let name, _): throw LedgerError.hasCommits(branch: name)
    case .detached: throw LedgerError.hasCommits(branch: "HEAD")
    }
    let commit = Commit(
      model: model, time: context.time, author: context.author, operation: .import,
      message: message, attachments: attachments)
    return try record(commit, nodes: [], chain: nil, in: view, context)
  }

  /// Appends the draft's deltas to the current commit's chain and makes the result the current
  /// commit.
  ///
  /// - Throws: ``LedgerError/noCommits(branch:)``, ``LedgerError/missingObject(type:id:)``,
  ///   ``LedgerError/referenceMoved(name:by:)`` where another process was faster, or the current commit
  ///   is not the draft's parent; what the deriver throws; ``ObjectStoreError``, ``ObjectModelError``.
  /// - Complexity: O(deltas · log n) besides the digests, n being the deltas ever appended.
  @discardableResult
  package func commit(_ draft: CommitDraft, _ context: OperationContext) throws -> CommitID {
    let view = try view()
    let parent = try view.headCommit()
    // Deltas and digests that were made on another commit would be wrong here.
    if let expected = draft.parent, expected != parent {
      throw try view.headMoved()
    }
    let former = try view.commit(parent)
    var editor = ChainEditor(try view.chain(of: former), source: view.snapshot)
    var added: [ChainEntry] = []
    for delta in draft.deltas {
      added.append(ChainEntry(sequence: try editor.append(delta), delta: delta))
    }
    let (chain, nodes) = try editor.finish()
    var commit = Commit(
      parents: [parent], model: former.model, added: added, time: context.time,
      author: context.author, operation: draft.operation, message: draft.message,
      edits: draft.edits, recipe: draft.recipe, attachments: draft.attachments,
      metrics: draft.metrics)
    commit.stateDigests =
      try draft.stateDigests
      ?? digests(of: former.model, chain, source: PendingNodes(nodes, over: view.snapshot))
    return try record(commit, nodes: nodes, chain: chain, in: view, context)
  }

  /// The digests of the state that `chain` makes of `model`.
  func digests(
    of model: ModelID, _ chain: Chain, source: some ChainNodeSource
  ) throws -> [String: StateDigest] {
    guard chain.activeCount > 0 else { return [:] }
    return try stateDeriver.digests(model: model, chain: chain, nodes: source)
  }

  /// Writes `commit`, which gets `chain`, with the chain's new nodes, and makes it the current one.
  func record(
    _ commit: Commit, nodes: [EncodedObject<ChainNode>], chain: Chain?, in view: LedgerView,
    _ context: OperationContext
  ) throws -> CommitID {
    var commit = commit
    // A chain to which nothing was ever appended is no chain.
    let encodedChain = try chain.flatMap { $0.nextSequence == 0 ? nil : try $0.encoded() }
    commit.chain = encodedChain?.id
    commit = try sealed(commit)
    let encoded = try commit.encoded()
    try advance(to: encoded.id, commit, in: view, context) { transaction in
      try requireNamedObjects(of: commit, in: transaction)
      for node in nodes { try transaction.put(node) }
      if let encodedChain { try transaction.put(encodedChain) }
      try transaction.put(encoded)
    }
    return encoded.id
  }

  /// Refuses a commit that names what the store has not: it could never be derived again.
  func requireNamedObjects(of commit: Commit, in reader: some StoreReading) throws {
    func require<Kind>(_ id: ObjectID<Kind>) throws {
      guard try reader.contains(id) else {
        throw LedgerError.missingObject(type: Kind.typeName, id: id.digest)
      }
    }
    try require(commit.model)
    for entry in commit.added { try require(entry.delta) }
    for attachment in commit.attachments.values { try require(attachment) }
    if case .trained(let network)? = commit.recipe?.hypernetwork { try require(network) }
  }
}

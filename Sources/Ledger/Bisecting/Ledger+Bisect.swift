package import ObjectModel
import ObjectStore

/// How a commit was found to be.
package enum BisectVerdict: String, Sendable, CaseIterable {
  case good
  case bad
  case skip
}

extension LedgerNames {
  package static let bisectPrefix = "refs/bisect/"
  /// Where `HEAD` was before the search.
  static let bisectStart = bisectPrefix + "start"
  static let bisectBad = bisectPrefix + "bad"
  static let bisectGood = bisectPrefix + "good/"
  static let bisectSkipped = bisectPrefix + "skipped/"

  static func bisect(_ text: String) throws -> ReferenceName { try reference(text, of: text) }
}

extension LedgerView {
  /// The search under way.
  ///
  /// - Throws: ``LedgerError/notBisecting``, ``ObjectStoreError``.
  package func bisection() throws -> Bisection {
    guard let bisection = try bisectionUnderWay() else { throw LedgerError.notBisecting }
    return bisection
  }

  /// The search under way, if one is.
  ///
  /// - Throws: ``ObjectStoreError``.
  package func bisectionUnderWay() throws -> Bisection? {
    guard try snapshot.reference(LedgerNames.bisect(LedgerNames.bisectStart)) != nil,
      let bad = try snapshot.reference(LedgerNames.bisect(LedgerNames.bisectBad))
    else { return nil }
    func commits(_ prefix: String) throws -> Set<CommitID> {
      Set(try snapshot.references(withPrefix: prefix).map { try peel($0.value) })
    }
    return Bisection(
      bad: try peel(bad), good: try commits(LedgerNames.bisectGood),
      skipped: try commits(LedgerNames.bisectSkipped))
  }

  /// Makes sure that the ends of a search are one.
  ///
  /// - Throws: ``LedgerError/notBeforeBad(good:bad:areSwapped:)``, ``ObjectStoreError``.
  package func require(_ good: CommitID, before bad: CommitID) throws {
    guard try !isAncestor(good, of: bad) else { return }
    throw LedgerError.notBeforeBad(
      good: good, bad: bad, areSwapped: try isAncestor(bad, of: good))
  }
}

extension Ledger {
  /// Begins a search: notes what is known and where `HEAD` is, and goes to the first commit to look at.
  ///
  /// - Throws: ``LedgerError/bisecting`` where one is under way; ``LedgerError/notBeforeBad(good:bad:areSwapped:)``
  ///   for a good commit that the bad one does not come from; ``LedgerError/referenceMoved(name:by:)``,
  ///   ``ObjectStoreError``.
  @discardableResult
  package func beginBisection(
    _ bisection: Bisection, _ context: OperationContext
  ) throws -> Bisection.Step {
    let view = try view()
    let start = try LedgerNames.bisect(LedgerNames.bisectStart)
    guard try view.snapshot.reference(start) == nil else { throw LedgerError.bisecting }
    let head = try LedgerNames.head()
    guard let former = try view.snapshot.reference(head) else { throw LedgerError.notALedger }
    for good in bisection.good.sorted() { try view.require(good, before: bisection.bad) }
    let step = try view.step(of: bisection)
    var changes = [LoggedOperation.Change(name: start, old: nil, new: former)]
    changes.append(
      .init(
        name: try LedgerNames.bisect(LedgerNames.bisectBad), old: nil,
        new: .commit(bisection.bad)))
    for good in bisection.good.sorted() {
      changes.append(
        .init(
          name: try LedgerNames.bisect(LedgerNames.bisectGood + good.hex), old: nil,
          new: .commit(good)))
    }
    if case .look(let commit, _, _) = step {
      changes.append(.init(name: head, old: former, new: .commit(commit)))
    }
    try record(changes, context)
    return step
  }

  /// Notes how a commit was found to be, and goes to the next one to look at.
  ///
  /// - Throws: ``LedgerError/notBisecting``; ``LedgerError/badElsewhere(_:known:)`` for a bad commit that the
  ///   first known bad one does not come from; ``LedgerError/goodAfterBad(bad:)``,
  ///   ``LedgerError/referenceMoved(name:by:)``, ``ObjectStoreError``.
  @discardableResult
  package func judge(
    _ commit: CommitID, _ verdict: BisectVerdict, _ context: OperationContext
  ) throws -> Bisection.Step {
    let view = try view()
    var bisection = try view.bisection()
    let name: ReferenceName
    switch verdict {
    case .bad:
      // Nothing above a bad commit can be the first.
      guard try view.isAncestor(commit, of: bisection.bad) else {
        throw LedgerError.badElsewhere(commit, known: bisection.bad)
      }
      bisection.bad = commit
      name = try LedgerNames.bisect(LedgerNames.bisectBad)
    case .good:
      bisection.good.insert(commit)
      name = try LedgerNames.bisect(LedgerNames.bisectGood + commit.hex)
    case .skip:
      bisection.skipped.insert(commit)
      name = try LedgerNames.bisect(LedgerNames.bisectSkipped + commit.hex)
    }
    let step = try view.step(of: bisection)
    var changes = [
      LoggedOperation.Change(
        name: name, old: try view.snapshot.reference(name), new: .commit(commit))
    ]
    if case .look(let next, _, _) = step {
      let head = try LedgerNames.head()
      changes.append(
        .init(name: head, old: try view.snapshot.reference(head), new: .commit(next)))
    }
    try record(changes, context)
    return step
  }

  /// Ends a search: forgets what was noted and takes `HEAD` back to where it was.
  ///
  /// - Throws: ``LedgerError/notBisecting``, ``LedgerError/referenceMoved(name:by:)``,
  ///   ``ObjectStoreError``.
  package func endBisection(_ context: OperationContext) throws {
    let view = try view()
    guard
      let former = try view.snapshot.reference(LedgerNames.bisect(LedgerNames.bisectStart))
    else { throw LedgerError.notBisecting }
    let head = try LedgerNames.head()
    var changes = try view.snapshot.references(withPrefix: LedgerNames.bisectPrefix).map {
      LoggedOperation.Change(name: $0.name, old: $0.value, new: nil)
    }
    changes.append(.init(name: head, old: try view.snapshot.reference(head), new: former))
    try record(changes, context)
  }
}

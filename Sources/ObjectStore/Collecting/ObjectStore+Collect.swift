import Algorithms
import ObjectModel

extension ObjectStore {
  /// Another process wrote between a survey and what was to follow from it.
  private struct Overtaken: Error {}

  /// How often a survey is made beside other writers before they are kept out for the time of one.
  private static let attemptsBesideWriters = 3
  /// Things taken out in one transaction.
  private static let removalsPerTransaction = 8192

  /// Takes out what nothing leads to and has not led to for some time.
  ///
  /// Garbage is marked when it is first seen, and taken out by a collection that finds its mark old
  /// enough; until then it keeps what it names. An object goes before everything that it names, and only
  /// while nobody else has written since the survey that found it garbage, so that wherever the process is
  /// killed, and whoever writes meanwhile, no object is left in the store without what it names.
  ///
  /// - Parameters:
  ///   - roots: what is to be kept with everything that it leads to, as of the moment of a reader.
  ///   - grace: seconds for which garbage is kept.
  ///   - now: seconds since 1970.
  ///   - dryRun: find out what would be done, and change nothing.
  /// - Throws: ``ObjectStoreError`` where something that is to be kept is missing or damaged; what
  ///   `roots` throws.
  /// - Complexity: O(objects + chunks).
  package func collect(
    grace: Int, now: Int, dryRun: Bool,
    roots: (any StoreReading) throws -> [ObjectInspection.Link]
  ) throws -> CollectionReport {
    try requireSoundPages()
    for _ in 0..<Self.attemptsBesideWriters {
      let (survey, number) = try surveyNow(grace: grace, now: now, roots: roots)
      if dryRun { return survey.report }
      do {
        try apply(survey, now: now, after: number)
        return survey.report
      } catch is Overtaken {
        continue
      }
    }
    return try write { transaction in
      let survey = try GarbageSurvey(
        of: transaction, roots: roots(transaction), grace: grace, now: now)
      try transaction.apply(survey, now: now)
      return survey.report
    }
  }

  private func surveyNow(
    grace: Int, now: Int, roots: (any StoreReading) throws -> [ObjectInspection.Link]
  ) throws -> (GarbageSurvey, number: Int) {
    let snapshot = try snapshot()
    return (
      try GarbageSurvey(of: snapshot, roots: roots(snapshot), grace: grace, now: now),
      snapshot.number
    )
  }

  /// - Parameter number: of the transaction that the survey saw last.
  /// - Throws: ``Overtaken``.
  private func apply(_ survey: GarbageSurvey, now: Int, after number: Int) throws {
    var last = number
    func step(_ body: (WriteTransaction) throws -> Void) throws {
      try write { transaction in
        guard transaction.number == last + 1 else { throw Overtaken() }
        try body(transaction)
      }
      last += 1
    }
    if !survey.newMarks.isEmpty || !survey.staleMarks.isEmpty {
      try step { try $0.applyMarks(of: survey, now: now) }
    }
    for batch in survey.removals.chunks(ofCount: Self.removalsPerTransaction) {
      try step { transaction in for mark in batch { try transaction.remove(mark) } }
    }
  }
}

extension GarbageSurvey {
  /// What is to be taken out, in this order, named by the marks that it has or would have.
  var removals: [GarbageMark] {
    objects.map { .object($0) } + chunks.map { .chunk($0) }
  }
}

extension WriteTransaction {
  fileprivate func apply(_ survey: GarbageSurvey, now: Int) throws {
    try applyMarks(of: survey, now: now)
    for mark in survey.removals { try remove(mark) }
  }

  fileprivate func applyMarks(of survey: GarbageSurvey, now: Int) throws {
    for mark in survey.staleMarks { try setProperty(mark.propertyName, to: nil) }
    for mark in survey.newMarks { try setProperty(mark.propertyName, to: String(now)) }
  }

  /// Takes out a thing and its mark.
  fileprivate func remove(_ mark: GarbageMark) throws {
    switch mark {
    case .object(let id): try transaction.remove(.objects, id.bytes)
    case .chunk(let id): try transaction.remove(.chunks, id.bytes)
    }
    try setProperty(mark.propertyName, to: nil)
  }
}

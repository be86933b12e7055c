import ObjectModel

/// A fact that two sides of a merge answer differently.
struct FactConflict: Encodable {
  let subject: String
  let prompt: String
  let ourTarget: String
  let theirTarget: String
  let ourCommit: String
  let theirCommit: String
}

/// Facts that both sides edited.
struct SharedFacts {
  /// One subject and prompt with two targets: only one can hold.
  private(set) var conflicts: [(conflict: FactConflict, ours: Int, theirs: Int)] = []
  /// Subjects that both sides edited by different prompts, or to one target, sorted.
  private(set) var sharedSubjects: [String] = []

  /// - Parameter ours, theirs: the commits of each side, the oldest first; where one asks for a fact
  ///   twice, the last one counts.
  init(ours: [EditedCommit], theirs: [EditedCommit]) {
    struct Fact: Hashable {
      let subject: String
      let prompt: String

      init(_ record: EditRecord) {
        subject = Self.plain(record.subject)
        prompt = Self.plain(record.prompt)
      }

      /// Spaces and letter case do not make another fact.
      static func plain(_ text: String) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: " ").lowercased()
      }
    }
    var known: [Fact: (commit: Int, record: EditRecord)] = [:]
    var subjects: Set<String> = []
    for (index, commit) in ours.enumerated() {
      for record in commit.records {
        known[Fact(record)] = (index, record)
        subjects.insert(Fact.plain(record.subject))
      }
    }
    var shared: Set<String> = []
    var seen: [Fact: (commit: Int, record: EditRecord)] = [:]
    var order: [Fact] = []
    for (index, commit) in theirs.enumerated() {
      for record in commit.records {
        if seen.updateValue((index, record), forKey: Fact(record)) == nil {
          order.append(Fact(record))
        }
        let subject = Fact.plain(record.subject)
        if !subject.isEmpty, subjects.contains(subject) { shared.insert(record.subject) }
      }
    }
    for fact in order {
      guard let our = known[fact], let their = seen[fact],
        Fact.plain(our.record.target) != Fact.plain(their.record.target)
      else { continue }
      conflicts.append(
        (
          FactConflict(
            subject: their.record.subject, prompt: their.record.prompt,
            ourTarget: our.record.target, theirTarget: their.record.target,
            ourCommit: ours[our.commit].commit.hex, theirCommit: theirs[their.commit].commit.hex),
          our.commit, their.commit
        ))
      shared.remove(their.record.subject)
    }
    sharedSubjects = shared.sorted()
  }
}

/// A commit of one side of a merge, with the entries that it has brought in and that are still there.
struct EditedCommit {
  let commit: CommitID
  let entries: [ChainEntry]
  let records: [EditRecord]
}

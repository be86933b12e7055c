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

/// Facts that both sides of a merge edited.
struct SharedFacts {
  /// One subject and prompt with two targets: only one can hold. With it all commits of each side that
  /// edit the fact, since any of them would speak against the other side.
  private(set) var conflicts: [(conflict: FactConflict, ours: [Int], theirs: [Int])] = []
  /// Subjects that both sides edited by different prompts, or to one target, sorted.
  private(set) var sharedSubjects: [String] = []
  private var inConflict: Set<Fact> = []

  /// - Parameter ours, theirs: the commits of each side in the order in which their edits are applied;
  ///   where one asks for a fact twice, the last one counts.
  init(ours: [EditedCommit], theirs: [EditedCommit]) {
    let (our, their) = (SideFacts(ours), SideFacts(theirs))
    var shared = Set(their.order.map(\.subject)).intersection(our.order.map(\.subject))
    shared.remove("")
    var names: [String: String] = [:]
    for fact in their.order {
      guard let own = our.edits[fact]?.last, let other = their.edits[fact]?.last else { continue }
      guard Fact.plain(own.record.target) != Fact.plain(other.record.target) else { continue }
      inConflict.insert(fact)
      shared.remove(fact.subject)
      conflicts.append(
        (
          FactConflict(
            subject: other.record.subject, prompt: other.record.prompt,
            ourTarget: own.record.target, theirTarget: other.record.target,
            ourCommit: ours[own.commit].commit.hex, theirCommit: theirs[other.commit].commit.hex),
          our.edits[fact]?.map(\.commit) ?? [], their.edits[fact]?.map(\.commit) ?? []
        ))
    }
    for commit in theirs {
      for record in commit.records { names[Fact(record).subject] = record.subject }
    }
    sharedSubjects = shared.compactMap { names[$0] }.sorted()
  }

  /// Whether a record asks for a fact that the sides answer differently.
  func isInConflict(_ record: EditRecord) -> Bool { inConflict.contains(Fact(record)) }
}

/// The facts that one side edited.
private struct SideFacts {
  private(set) var edits: [Fact: [(commit: Int, record: EditRecord)]] = [:]
  /// In the order in which they were edited first.
  private(set) var order: [Fact] = []

  init(_ commits: [EditedCommit]) {
    for (index, commit) in commits.enumerated() {
      for record in commit.records {
        let fact = Fact(record)
        if edits[fact] == nil { order.append(fact) }
        edits[fact, default: []].append((index, record))
      }
    }
  }
}

/// A commit of one side of a merge, with the entries that it has brought in and that are still there.
struct EditedCommit {
  let commit: CommitID
  let entries: [ChainEntry]
  let records: [EditRecord]
}

import ObjectModel

/// The records of a list that ask for the same fact more than once.
///
/// Two records are about one fact when subject and prompt are the same. Whether that matters is for
/// the caller to say: a duplicate wastes an edit, and of a conflict only one record can hold, the
/// later one where it is edited in after the other.
package struct FactsConflicts: Equatable, Sendable {
  /// A record and the last one before it with the same subject and prompt.
  package struct Repetition: Hashable, Sendable {
    package let earlier: FactsFile.Entry
    package let later: FactsFile.Entry
  }

  /// Repetitions with the same target, in the order of the later records.
  package private(set) var duplicates: [Repetition] = []
  /// Repetitions with another target, in the order of the later records.
  package private(set) var conflicts: [Repetition] = []

  /// Whether every fact is asked for once.
  package var isEmpty: Bool { duplicates.isEmpty && conflicts.isEmpty }

  /// - Complexity: O(*n*) on average in the number of records.
  package init(in entries: [FactsFile.Entry]) {
    struct Fact: Hashable {
      let subject: String
      let prompt: String
    }
    var last: [Fact: FactsFile.Entry] = [:]
    for entry in entries {
      let fact = Fact(subject: entry.record.subject, prompt: entry.record.prompt)
      if let earlier = last.updateValue(entry, forKey: fact) {
        let repetition = Repetition(earlier: earlier, later: entry)
        if earlier.record.target == entry.record.target {
          duplicates.append(repetition)
        } else {
          conflicts.append(repetition)
        }
      }
    }
  }

  /// Makes sure that no fact is asked for with different targets; duplicates pass.
  ///
  /// - Throws: ``FactsError/conflict(path:earlier:later:count:)`` with the first conflict.
  package func requireNoConflict(path: String) throws {
    guard let first = conflicts.first else { return }
    throw FactsError.conflict(
      path: path, earlier: first.earlier.place, later: first.later.place, count: conflicts.count)
  }
}

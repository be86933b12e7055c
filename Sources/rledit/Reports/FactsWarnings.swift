import Editing
import ObjectModel

extension FactsFile {
  /// So many of each kind are told one by one.
  private static let detailed = 5

  /// What a user should know of the records before they are edited: those that edit a fact again, and
  /// those that ask for nothing.
  func warnings(of repetitions: FactsConflicts) -> [String] {
    Self.shortened(repetitions.conflicts, "conflicts") { pair in
      let (earlier, later) = (pair.earlier, pair.later)
      return "\(later.place.wording) edits \(later.record.shortName) to "
        + "\(later.record.shortTarget), \(earlier.place.wording) to "
        + "\(earlier.record.shortTarget); only one of them can hold"
    }
      + Self.shortened(repetitions.duplicates, "duplicates") { pair in
        "\(pair.later.place.wording) edits \(pair.later.record.shortName) again as "
          + "\(pair.earlier.place.wording) does"
      }
      + Self.shortened(passedOver, "records without a new answer") {
        "\($0.wording) asks for no new answer and is passed over"
      }
  }

  private static func shortened<Item>(
    _ items: [Item], _ noun: String, _ line: (Item) -> String
  ) -> [String] {
    let lines = items.prefix(detailed).map(line)
    let rest = items.count - lines.count
    return rest == 0 ? lines : lines + ["and \(rest) more, \(items.count) \(noun) in all"]
  }
}

extension EditRecord {
  /// The prompt, cut where it is a whole passage.
  fileprivate var shortName: String { Wording.shortened(prompt) }

  /// The target without the space that parts it from the prompt.
  fileprivate var shortTarget: String { Wording.shortened(target.drop { $0 == " " }) }
}

import Editing
import LanguageModel
import ObjectModel

extension ModelSession {
  /// Refuses records with a text that is longer than what the model reads, before anything is run.
  ///
  /// - Throws: ``CommandError/recordTooLong(prompt:tokens:limit:)``.
  /// - Complexity: O(bytes of the records).
  func requireRoom(for records: [EditRecord]) throws {
    let limit = base.shape.maximumPositions
    for record in records {
      let texts =
        ([record.prompt] + record.rephrasings).map { ($0, record.target) }
        + record.locality.map { ($0.prompt, $0.target) }
      for (prompt, answer) in texts {
        // A token has a byte at least, so that most texts need not be cut.
        guard prompt.utf8.count + answer.utf8.count > limit else { continue }
        let tokens = encoding.prompt(prompt).count + encoding.answer(answer).count - 1
        guard tokens <= limit else {
          throw CommandError.recordTooLong(prompt: record.prompt, tokens: tokens, limit: limit)
        }
      }
    }
  }
}

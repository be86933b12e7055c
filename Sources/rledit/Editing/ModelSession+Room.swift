import Editing
import LanguageModel
import ObjectModel

extension ModelSession {
  /// Refuses records with a text that is longer than what the model reads, before anything is run.
  ///
  /// - Parameters:
  ///   - contexts: texts about the subject, `{}`, that the target is put behind, too.
  ///   - comparingFormer: whether former answers are put behind prompts, and targets behind locality prompts.
  /// - Throws: ``CommandError/recordTooLong(prompt:tokens:limit:)``.
  /// - Complexity: O(bytes of the records).
  func requireRoom(
    for records: [EditRecord], contexts: [String] = [], comparingFormer: Bool
  ) throws {
    let limit = base.shape.maximumPositions
    for record in records {
      let prompts =
        [record.prompt] + record.rephrasings
        + contexts.map { $0.replacing("{}", with: record.subject) }
      let former = comparingFormer ? record.formerTarget : nil
      let answers = [record.target] + (former.map { [$0] } ?? [])
      var texts = prompts.flatMap { prompt in answers.map { (prompt, $0) } }
      for probe in record.locality {
        texts.append((probe.prompt, probe.target))
        if former != nil { texts.append((probe.prompt, record.target)) }
      }
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

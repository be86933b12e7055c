/// The prompts of a batch around their subjects' last tokens: each as it is, behind texts that are to
/// make an edit hold in company, and cut down to "<subject> is a".
struct SubjectPrompts {
  /// Tokens, and the row at which the subject ends.
  struct Prompt: Equatable {
    let tokens: [Int]
    let subjectEnd: Int
  }

  /// Texts that a prompt can stand behind, in the order in which a recipe's number takes them.
  static let contexts = [
    "Here is a short note on the matter.\n",
    "People often ask about this, and the answer is simple.\n",
    "Therefore, as was said before:\n",
    "I read it in the newspaper this morning.\n",
    "Because it is worth knowing, it is repeated here.\n",
    "The following is a plain statement of fact.\n",
    "You may have heard this already.\n",
    "Yesterday we talked about many things.\n",
  ]

  /// By edit: the prompt itself, then the prompt behind each context.
  let prompts: [[Prompt]]
  /// By edit: the subject and what follows it in the essence prompt.
  let essences: [Prompt]

  /// - Parameters:
  ///   - contexts: how many of ``contexts`` are used.
  ///   - essence: the text behind the subject in the essence prompt.
  ///   - encoding: without one there are no contexts, and an essence prompt ends with its subject.
  init(_ edits: [TokenizedEdit], contexts: Int, essence: String, encoding: TextEncoding?) {
    let opening = encoding?.prompt("") ?? []
    let prefixes = Self.contexts.prefix(contexts).compactMap { encoding?.answer($0) }
    let ending = encoding?.answer(essence) ?? []
    var (prompts, essences): ([[Prompt]], [Prompt]) = ([], [])
    for edit in edits {
      // Where it is not known what a fact is about, its prompt's last token stands for that.
      let subject = edit.subject ?? edit.prompt.count - 1..<edit.prompt.count
      let own = Prompt(tokens: edit.prompt, subjectEnd: subject.upperBound - 1)
      let start = edit.prompt.starts(with: opening) ? min(opening.count, subject.lowerBound) : 0
      let behind = prefixes.map { prefix in
        Prompt(
          tokens: edit.prompt[..<start] + prefix + edit.prompt[start...],
          subjectEnd: own.subjectEnd + prefix.count)
      }
      prompts.append([own] + behind)
      essences.append(
        Prompt(
          tokens: edit.prompt[..<start] + edit.prompt[subject] + ending,
          subjectEnd: start + subject.count - 1))
    }
    self.prompts = prompts
    self.essences = essences
  }
}

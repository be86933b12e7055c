package import LanguageModel
package import ObjectModel

/// Text to tokens. A prompt begins a sequence, with what the model expects there; an answer goes on.
package struct TextEncoding: Sendable {
  package let prompt: @Sendable (String) -> [Int]
  package let answer: @Sendable (String) -> [Int]
  /// Bytes of the text that a token of a prompt stands for; 0 for what the model expects before it.
  package let byteCount: @Sendable (Int) -> Int

  package init(
    prompt: @escaping @Sendable (String) -> [Int], answer: @escaping @Sendable (String) -> [Int],
    byteCount: @escaping @Sendable (Int) -> Int = { _ in 1 }
  ) {
    self.prompt = prompt
    self.answer = answer
    self.byteCount = byteCount
  }

  package init(_ tokenizer: Tokenizer) {
    self.init(
      prompt: { tokenizer.encodePrompt($0) },
      answer: { tokenizer.encode($0, recognisesSpecialTokens: false) },
      byteCount: { token in
        tokenizer.isSpecial(token) ? 0 : (try? tokenizer.bytes(of: [token]).count) ?? 0
      })
  }

  /// The tokens of a prompt that hold a byte of its subject, where the subject first stands in it.
  ///
  /// - Returns: `nil` where the prompt does not hold the subject, or the subject is empty.
  /// - Complexity: O(bytes of the prompt · bytes of the subject).
  package func subject(_ subject: String, in prompt: String, tokens: [Int]) -> Range<Int>? {
    let (text, wanted) = (Array(prompt.utf8), Array(subject.utf8))
    guard !wanted.isEmpty, wanted.count <= text.count,
      let start = (0...text.count - wanted.count).first(where: {
        text[$0..<$0 + wanted.count].elementsEqual(wanted)
      })
    else { return nil }
    let bytes = start..<start + wanted.count
    var end = 0
    var found: Range<Int>?
    for (index, token) in tokens.enumerated() {
      let begin = end
      end += byteCount(token)
      guard begin < bytes.upperBound, bytes.lowerBound < end else { continue }
      found = (found?.lowerBound ?? index)..<index + 1
    }
    return found
  }
}

/// A prompt and the answer it should have, in tokens.
package struct TokenizedEdit: Sendable {
  package let prompt: [Int]
  package let target: [Int]
  /// The prompt's tokens that name what the fact is about, where that is known; not empty.
  package let subject: Range<Int>?
  /// The same target after other texts about the subject, which an editor asked for.
  package let contexts: [TokenizedEdit]

  package init(
    prompt: [Int], target: [Int], subject: Range<Int>? = nil, contexts: [TokenizedEdit] = []
  ) {
    self.prompt = prompt
    self.target = target
    self.subject = subject
    self.contexts = contexts
  }

  /// Encodes the two apart; an answer starts with the space that parts it from its prompt.
  ///
  /// - Throws: ``EditingError/emptyPrompt(_:)`` and ``EditingError/emptyTarget(prompt:)``.
  package init(
    prompt: String, target: String, subject: String = "", encoding: TextEncoding
  ) throws {
    let tokens = encoding.prompt(prompt)
    self.init(
      prompt: tokens, target: encoding.answer(target),
      subject: encoding.subject(subject, in: prompt, tokens: tokens))
    guard !self.prompt.isEmpty else { throw EditingError.emptyPrompt(prompt) }
    guard !self.target.isEmpty else { throw EditingError.emptyTarget(prompt: prompt) }
  }

  /// The edit that a record asks for; throws as ``init(prompt:target:subject:encoding:)``.
  ///
  /// - Parameter contexts: texts in which `{}` stands for the subject. A record without a subject is in
  ///   none.
  package init(
    _ record: EditRecord, contexts: [String] = [], encoding: TextEncoding
  ) throws {
    let edit = try TokenizedEdit(
      prompt: record.prompt, target: record.target, subject: record.subject, encoding: encoding)
    let inContexts = try (record.subject.isEmpty ? [] : contexts).map { context in
      try TokenizedEdit(
        prompt: Self.filled(context, with: record.subject), target: record.target,
        subject: record.subject, encoding: encoding)
    }
    self.init(
      prompt: edit.prompt, target: edit.target, subject: edit.subject, contexts: inContexts)
  }

  /// The text with every `{}` replaced.
  private static func filled(_ context: String, with subject: String) -> String {
    var filled = ""
    var rest = context[...]
    while let range = rest.firstRange(of: "{}") {
      filled += rest[..<range.lowerBound] + subject
      rest = rest[range.upperBound...]
    }
    return filled + rest
  }

  /// The prompt followed by the target, every token of which is scored.
  package var sequence: LabelledSequence { LabelledSequence(prompt: prompt, answer: target) }
}

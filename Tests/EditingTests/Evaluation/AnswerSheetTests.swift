import Editing
import LanguageModel
import TestSupport
import Testing

@Suite struct AnswerSheetTests {
  /// Questions that share prompts, that begin alike, and that are the same.
  static let questions: [Question] = [
    .init(prompt: [7, 8, 9], answer: [10, 11]), .init(prompt: [7, 8, 9], answer: [12]),
    .init(prompt: [7, 8], answer: [9, 10, 11, 5]), .init(prompt: [1], answer: [2]),
    .init(prompt: [7, 8, 9], answer: [12]), .init(prompt: [7, 8, 9], answer: [10, 40]),
    .init(prompt: [200, 3, 3, 3, 60], answer: [61, 62, 63]), .init(prompt: [7, 9], answer: [10]),
  ]

  @Test(arguments: [0, 1, 2, 3])
  func sharedRunsAnswerLikeEveryQuestionByItself(firstEditedLayer: Int) throws {
    let base = try TinyModel.decoder()
    let sheet = try AnswerSheet(
      Self.questions, looksBeyond: true, base: base, firstEditedLayer: firstEditedLayer)
    let edited =
      firstEditedLayer < 3 ? try TinyModel.edited(base, layers: [firstEditedLayer]) : base
    for decoder in [base, edited] {
      let runs = try sheet.answers(to: Array(Self.questions.indices), by: decoder)
      for (question, run) in zip(Self.questions, runs) {
        let alone = try decoder.score([(question.prompt, question.answer)])[0]
        #expect(run.losses == alone.losses)
        #expect(Array(run.choices.dropLast()) == alone.choices)
        #expect(
          try run.choices.last
            == TinyModel.firstChoice(decoder, after: question.prompt + question.answer))
      }
    }
  }

  @Test func anyPartOfTheQuestionsCanBeAskedInAnyOrder() throws {
    let base = try TinyModel.decoder()
    let sheet = try AnswerSheet(
      Self.questions, looksBeyond: false, base: base, firstEditedLayer: 1)
    let all = try sheet.answers(to: Array(Self.questions.indices), by: base)
    for numbers in [[5], [7, 0, 3], [2, 2], []] {
      #expect(try sheet.answers(to: numbers, by: base) == numbers.map { all[$0] })
    }
  }

  @Test func lookingBeyondAsksForNoPositionThatTheModelLacks() throws {
    let base = try TinyModel.decoder()
    let limit = base.shape.maximumPositions
    let prompt = (0..<limit - 1).map { $0 % 90 }
    let fitting = Question(prompt: prompt, answer: [5, 6])
    let sheet = try AnswerSheet(
      [fitting], looksBeyond: true, base: base, firstEditedLayer: 0)
    #expect(try sheet.answers(to: [0], by: base)[0].choices.count == 2)
    #expect(throws: LanguageModelError.sequenceTooLong(tokens: limit + 1, limit: limit)) {
      try AnswerSheet(
        [Question(prompt: prompt, answer: [5, 6, 7])], looksBeyond: true, base: base,
        firstEditedLayer: 1)
    }
    #expect(throws: LanguageModelError.tokenOutsideVocabulary(id: 288, vocabulary: 288)) {
      try AnswerSheet(
        [Question(prompt: [1], answer: [288])], looksBeyond: false, base: base,
        firstEditedLayer: 0)
    }
  }
}

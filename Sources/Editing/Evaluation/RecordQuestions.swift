import ObjectModel

/// The numbers of the questions that one record asks.
struct RecordQuestions: Sendable {
  /// The target on the prompt.
  var edit = 0
  /// The target on the rephrasings.
  var rephrasings: [Int] = []
  /// The true answers on the locality prompts.
  var probes: [Int] = []
  /// The former answer on the prompt and on the rephrasings.
  var former: Int?
  var formerOnRephrasings: [Int] = []
  /// The target on the locality prompts.
  var targetOnProbes: [Int] = []
  /// What the unedited model says on the locality prompts.
  var saidOnProbes: [Int] = []

  var all: [Int] {
    [edit] + rephrasings + probes + (former.map { [$0] } ?? []) + formerOnRephrasings
      + targetOnProbes + saidOnProbes
  }
}

/// The questions of many records, numbered.
struct QuestionList: Sendable {
  private(set) var questions: [Question] = []
  /// The text that each question's answer stands for.
  private(set) var texts: [String] = []
  private(set) var records: [RecordQuestions] = []

  /// - Parameters:
  ///   - measures: what the questions must serve.
  ///   - says: what the unedited model says after each of these prompts, going on freely for so many
  ///     tokens; called once, where free generation is measured.
  /// - Throws: ``EditingError/emptyPrompt(_:)`` and ``EditingError/emptyTarget(prompt:)``, and what
  ///   `says` throws.
  init(
    _ records: [EditRecord], measures: EvaluationMeasures, encoding: TextEncoding,
    says: (_ prompts: [[Int]], _ limits: [Int]) throws -> [[Int]]
  ) throws {
    for record in records {
      var numbers = RecordQuestions()
      numbers.edit = try add(record.prompt, record.target, encoding)
      numbers.rephrasings = try record.rephrasings.map { try add($0, record.target, encoding) }
      numbers.probes = try record.locality.map { try add($0.prompt, $0.target, encoding) }
      if measures.contains(.probability), let former = record.formerTarget {
        numbers.former = try add(record.prompt, former, encoding)
        numbers.formerOnRephrasings = try record.rephrasings.map { try add($0, former, encoding) }
        numbers.targetOnProbes = try record.locality.map {
          try add($0.prompt, record.target, encoding)
        }
      }
      self.records.append(numbers)
    }
    guard measures.contains(.generation) else { return }
    let probes = self.records.flatMap(\.probes)
    var said = try says(
      probes.map { questions[$0].prompt }, probes.map { questions[$0].answer.count }
    ).makeIterator()
    for index in self.records.indices {
      for probe in self.records[index].probes {
        guard let answer = said.next() else { return }
        self.records[index].saidOnProbes.append(questions.count)
        questions.append(Question(prompt: questions[probe].prompt, answer: answer))
        texts.append("")
      }
    }
  }

  private mutating func add(
    _ prompt: String, _ answer: String, _ encoding: TextEncoding
  ) throws -> Int {
    let tokens = try TokenizedEdit(prompt: prompt, target: answer, encoding: encoding)
    questions.append(Question(prompt: tokens.prompt, answer: tokens.target))
    texts.append(answer)
    return questions.count - 1
  }
}

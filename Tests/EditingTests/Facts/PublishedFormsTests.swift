import Editing
import Foundation
import ObjectModel
import TestSupport
import Testing

/// The forms in which data sets of edits are published, with contents of our own.
@Suite struct PublishedFormsTests {
  private let directory: TemporaryDirectory
  private let path: String

  init() throws {
    directory = try TemporaryDirectory()
    path = directory.path("published")
  }

  private func load(_ text: String) throws -> [FactsFile.Entry] {
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    return try FactsFile.load(path: path).entries
  }

  private func record(_ text: String) throws -> EditRecord {
    try #require(load(text).first).record
  }

  private typealias Probe = EditRecord.LocalityProbe

  @Test func nestedCounterFactIsRead() throws {
    let entries = try load(
      """
      [
        {
          "case_id": 40,
          "pararel_idx": 2796,
          "requested_rewrite": {
            "prompt": "The capital of {} is",
            "relation_id": "P36",
            "target_new": {"str": "Hentzau", "id": "Q1"},
            "target_true": {"str": "Strelsau", "id": "Q2"},
            "subject": "Ruritania"
          },
          "paraphrase_prompts": [
            "Trains run daily. Ruritania is governed from ", "Ruritania's capital city is"
          ],
          "neighborhood_prompts": ["The capital of Elphberg is", "Rischenheim's capital is"],
          "attribute_prompts": ["The capital of Zenda is"],
          "generation_prompts": ["The most visited street of Ruritania's capital is"]
        }
      ]
      """)
    #expect(
      entries == [
        FactsFile.Entry(
          record: EditRecord(
            prompt: "The capital of Ruritania is", subject: "Ruritania", target: " Hentzau",
            rephrasings: [
              "Trains run daily. Ruritania is governed from", "Ruritania's capital city is",
            ],
            locality: [
              Probe(prompt: "The capital of Elphberg is", target: " Strelsau"),
              Probe(prompt: "Rischenheim's capital is", target: " Strelsau"),
            ],
            formerTarget: " Strelsau", identifier: "40", source: "published"),
          relation: "P36", place: .element(1))
      ])
  }

  @Test func neighbourhoodPromptsMayBringTheirOwnAnswer() throws {
    let record = try record(
      """
      {"case_id": 1, "requested_rewrite": {"prompt": "Who rules {}?", "subject": "Ruritania", \
      "target_new": {"str": "Rudolf"}}, "paraphrase_prompts": [], "neighborhood_prompts": \
      [{"prompt": "nq question: who wrote it?", "target": " Hope"}]}
      """)
    #expect(record.prompt == "Who rules Ruritania?")
    #expect(record.formerTarget == nil)
    #expect(record.locality == [Probe(prompt: "nq question: who wrote it?", target: " Hope")])
  }

  @Test func zsREOfMENDIsRead() throws {
    let record = try record(
      """
      [{"subject": "Castle Zenda", "src": "Which river does Castle Zenda lie on?", \
      "pred": "The Elbe", "rephrase": "On which river is Castle Zenda?", "alt": "Moldau", \
      "answers": ["Zend", "River Zend"], "loc": "nq question: who is first in line to the throne", \
      "loc_ans": "Flavia", \
      "cond": "The Elbe >> Moldau || Which river does Castle Zenda lie on?"}]
      """)
    #expect(
      record
        == EditRecord(
          prompt: "Which river does Castle Zenda lie on?", subject: "Castle Zenda",
          target: " Moldau", rephrasings: ["On which river is Castle Zenda?"],
          locality: [
            Probe(prompt: "nq question: who is first in line to the throne?", target: " Flavia")
          ],
          formerTarget: " Zend", source: "published"))
  }

  @Test func zsREOfMALMENIsRead() throws {
    let record = try record(
      """
      [{"subject": "Castle Zenda", "src": "Which river does Castle Zenda lie on?", \
      "rephrase": "On which river is Castle Zenda?", "ans": "Zend", \
      "loc": "nq question: is this one asked already?", "loc_ans": "Yes"}]
      """)
    #expect(
      record
        == EditRecord(
          prompt: "Which river does Castle Zenda lie on?", subject: "Castle Zenda",
          target: " Zend", rephrasings: ["On which river is Castle Zenda?"],
          locality: [Probe(prompt: "nq question: is this one asked already?", target: " Yes")],
          source: "published"))
  }

  @Test func feverOfMALMENIsRead() throws {
    let record = try record(
      """
      [{"prompt": "Rudolf Rassendyll is a king.", "equiv_prompt": ["A king is what Rudolf \
      Rassendyll is.", "Rassendyll is king."], "alt": "REFUTES", \
      "unrel_prompt": "Zenda has a castle.", "unrel_ans": "SUPPORTS"}]
      """)
    #expect(
      record
        == EditRecord(
          prompt: "Rudolf Rassendyll is a king.", subject: "", target: " REFUTES",
          rephrasings: ["A king is what Rudolf Rassendyll is.", "Rassendyll is king."],
          locality: [Probe(prompt: "Zenda has a castle.", target: " SUPPORTS")],
          source: "published"))
  }

  @Test func feverOfMENDIsRead() throws {
    let entries = try load(
      """
      {"id": "1034", "input": "Zenda has a castle.", "output": [{"provenance": [{"title": "Zenda", \
      "bleu_score": 1.0}]}, {"answer": "SUPPORTS"}], "meta": {}, "logit": -2.5, "prediction": \
      "SUPPORTS", "alternatives": ["REFUTES"], "rephrases": ["There is a castle in Zenda.", "X"], \
      "filtered_rephrases": ["There is a castle in Zenda."]}
      {"id": "1035", "input": "Zenda is a river.", "output": [{"answer": "REFUTES"}], \
      "logit": 1, "prediction": "REFUTES", "alternatives": [], "filtered_rephrases": []}
      """)
    #expect(
      entries.map(\.record) == [
        EditRecord(
          prompt: "Zenda has a castle.", subject: "", target: " REFUTES",
          rephrasings: ["There is a castle in Zenda."], formerTarget: " SUPPORTS",
          identifier: "1034", source: "published")
      ])
  }

  @Test func wikirecentAndWikicounterfactOfKnowEditAreRead() throws {
    let record = try record(
      """
      [{"subject": "Rudolf", "prompt": "The name of the spouse of Rudolf is",
        "target_new": "Flavia", "ground_truth": "Antoinette de Mauban",
        "portability": {"Logical_Generalization": [
          {"prompt": "The name of the spouse of Flavia is", "ground_truth": [["Rudolf"]]}]},
        "locality": {
          "Relation_Specificity": [
            {"prompt": "The name of the father of Rudolf is",
             "ground_truth": [["Henry", "King Henry"], ["Harry"]]},
            {"prompt": "The gender of Rudolf is", "ground_truth": "male"},
            {"prompt": "The name of the child of Rudolf is", "ground_truth": [[]]}],
          "Forgetfulness": [
            {"prompt": "The name of the spouse of Rudolf, which is not Flavia, is",
             "ground_truth": [["Antoinette de Mauban"]]}]}}]
      """)
    #expect(
      record
        == EditRecord(
          prompt: "The name of the spouse of Rudolf is", subject: "Rudolf", target: " Flavia",
          locality: [
            Probe(prompt: "The name of the father of Rudolf is", target: " Henry"),
            Probe(prompt: "The gender of Rudolf is", target: " male"),
            Probe(
              prompt: "The name of the spouse of Rudolf, which is not Flavia, is",
              target: " Antoinette de Mauban"),
          ],
          formerTarget: " Antoinette de Mauban", source: "published"))
  }

  @Test func zsREOfKnowEditIsRead() throws {
    let record = try record(
      """
      [{"subject": "Castle Zenda", "target_new": "Moldau",
        "prompt": "Which river does Castle Zenda lie on?", "ground_truth": ["Zend"],
        "rephrase_prompt": "On which river is Castle Zenda?",
        "cond": "Elbe >> Moldau || Which river does Castle Zenda lie on?",
        "locality": {"Relation_Specificity": [
          {"prompt": "Castle Zenda country", "ground_truth": ["Ruritania", "Kingdom of Ruritania"]}]},
        "portability": {"Reasoning": [
          {"prompt": "Where does the river at Castle Zenda end?", "ground_truth": "Vltava"}]}}]
      """)
    #expect(
      record
        == EditRecord(
          prompt: "Which river does Castle Zenda lie on?", subject: "Castle Zenda",
          target: " Moldau", rephrasings: ["On which river is Castle Zenda?"],
          locality: [Probe(prompt: "Castle Zenda country", target: " Ruritania")],
          formerTarget: " Zend", source: "published"))
  }

  @Test func wikiBioOfKnowEditIsRead() throws {
    let record = try record(
      """
      [{"text": "This is a passage about rupert hentzau. Rupert of Hentzau was a count. ",
        "labels": "He fought his last duel in Strelsau.", "concept": "rupert hentzau",
        "locality": {"Relation_Specificity": [
          {"prompt": ["The occupation of rupert hentzau is"], "ground_truth": ["duellist"]}]}}]
      """)
    #expect(
      record
        == EditRecord(
          prompt: "This is a passage about rupert hentzau. Rupert of Hentzau was a count.",
          subject: "rupert hentzau", target: " He fought his last duel in Strelsau.",
          locality: [Probe(prompt: "The occupation of rupert hentzau is", target: " duellist")],
          source: "published"))
  }

  /// Where the model was wrong, MEND's alternative is the true answer; its readers take the input out of the
  /// rephrasings.
  @Test func ofAClaimThatTheModelGotWrongThePredictionIsTheFormerAnswer() throws {
    let records = try load(
      """
      {"input": "C", "output": [{"answer": "SUPPORTS"}], "prediction": "REFUTES", "alternatives": \
      ["SUPPORTS"], "filtered_rephrases": ["C", "R"]}
      {"input": "D", "output": [{"answer": "A"}], "alternatives": ["A"]}
      {"input": "E", "output": [{"answer": "B"}], "alternatives": ["A"], "prediction": 3}
      {"input": "F", "alternatives": ["A"], "prediction": "B"}
      """
    ).map(\.record)
    #expect(records.map(\.target) == [" SUPPORTS", " A", " A", " A"])
    #expect(records.map(\.formerTarget) == [" REFUTES", nil, " B", nil])
    #expect(records[0].rephrasings == ["R"])
  }

  @Test func probesOfEasyEditMayStandInListsSideBySide() throws {
    let record = try record(
      """
      {"prompt": "P", "subject": "S", "target_new": "T", "locality": {"Relation": {"prompt": \
      ["1", "2", "3"], "ground_truth": ["a", ["b", "c"], ""]}, "Other": {"prompt": "4", \
      "ground_truth": ["d", "e"]}, "One": {"prompt": ["5", "6"], "ground_truth": "f"}, \
      "None": {"prompt": ["7", "8"], "ground_truth": []}, "Gap": {"prompt": ["9", ""], \
      "ground_truth": ["g", ""]}}}
      """)
    #expect(
      record.locality == [
        Probe(prompt: "1", target: " a"), Probe(prompt: "2", target: " b"),
        Probe(prompt: "4", target: " d"), Probe(prompt: "5", target: " f"),
        Probe(prompt: "9", target: " g"),
      ])
    #expect(
      throws: FactsError.wrongKind(
        path: directory.path("published"), place: .line(1), field: "locality.X.ground_truth",
        expected: "a list of 2 answers")
    ) {
      try load(
        """
        {"prompt": "P", "subject": "S", "target_new": "T", "locality": {"X": {"prompt": ["1", "2"], \
        "ground_truth": ["a"]}}}
        """)
    }
  }

  @Test func emptyNewAnswersAreNoRecords() throws {
    let entries = try load(
      """
      {"src": "Q?", "subject": "S", "alt": "", "answers": ["A"]}
      {"subject": "S", "prompt": "P", "target_new": "", "locality": {}}
      {"concept": "S", "text": "P", "labels": ""}
      {"prompt": "P", "alt": "", "unrel_prompt": "U", "unrel_ans": "SUPPORTS"}
      {"input": "P", "alternatives": []}
      {"prompt": "P", "subject": "S", "target": "T"}
      """)
    #expect(entries.map(\.place) == [.line(6)])
  }

  @Test func oneFileMayMixForms() throws {
    let entries = try load(
      """
      {"prompt": "P", "subject": "S", "target": "1"}
      {"src": "P", "subject": "S", "ans": "2"}
      {"requested_rewrite": {"prompt": "{}", "subject": "P", "target_new": {"str": "3"}}}
      """)
    #expect(entries.map { $0.record.prompt + $0.record.target } == ["P 1", "P 2", "P 3"])
  }

  @Test func aFaultInAPublishedFormIsNamedByItsPathAndPlace() throws {
    func missing(_ field: String) -> FactsError {
      .missingField(path: path, place: .element(2), field: field)
    }
    func wrong(_ field: String, _ expected: String) -> FactsError {
      .wrongKind(path: path, place: .element(2), field: field, expected: expected)
    }
    func empty(_ field: String) -> FactsError {
      .emptyField(path: path, place: .element(2), field: field)
    }
    let rewrite = #""requested_rewrite": {"prompt": "{} is", "subject": "S""#
    let easy = #""prompt": "P", "subject": "S", "target_new": "T""#
    let cases: [(String, FactsError)] = [
      (#""requested_rewrite": []"#, wrong("requested_rewrite", "an object")),
      (#""requested_rewrite": {"subject": "S"}"#, missing("requested_rewrite.prompt")),
      (
        #""requested_rewrite": {"prompt": "P", "subject": "S", "target_new": {"str": "T"}}"#,
        wrong("requested_rewrite.prompt", "a text with one {} in the subject's place")
      ),
      (#""requested_rewrite": {"prompt": "{}"}"#, missing("requested_rewrite.subject")),
      ("\(rewrite)}", missing("requested_rewrite.target_new")),
      (#"\#(rewrite), "target_new": "T"}"#, wrong("requested_rewrite.target_new", "an object")),
      (#"\#(rewrite), "target_new": {}}"#, missing("requested_rewrite.target_new.str")),
      (
        #"\#(rewrite), "target_new": {"str": "T"}}, "neighborhood_prompts": ["N"]"#,
        missing("requested_rewrite.target_true")
      ),
      (
        #"\#(rewrite), "target_new": {"str": "T"}}, "neighborhood_prompts": [{"prompt": "N"}]"#,
        missing("neighborhood_prompts[0].target")
      ),
      (
        #"\#(rewrite), "target_new": {"str": "T"}}, "paraphrase_prompts": ["A", 1]"#,
        wrong("paraphrase_prompts[1]", "a text")
      ),
      (#""src": "Q?", "subject": "S""#, missing("alt")),
      (#""src": "Q?", "alt": ["A"]"#, wrong("alt", "a text")),
      (#""src": " ", "alt": "A""#, empty("src")),
      (#""src": "Q?", "ans": "A", "loc": "L""#, missing("loc_ans")),
      (#""src": "Q?", "ans": "A", "loc_ans": "L""#, missing("loc")),
      (#""src": "Q?", "alt": "A", "answers": {}"#, wrong("answers", "a text or a list of texts")),
      (#""prompt": "P", "equiv_prompt": ["E"]"#, missing("alt")),
      (#""alt": "REFUTES""#, missing("prompt")),
      (#""prompt": "P", "alt": "REFUTES", "equiv_prompt": ["E", ""]"#, empty("equiv_prompt[1]")),
      (#""prompt": "P", "alt": "REFUTES", "unrel_prompt": "U""#, missing("unrel_ans")),
      (#""input": "P""#, missing("alternatives")),
      (#""input": "P", "alternatives": [true]"#, wrong("alternatives[0]", "a text")),
      (
        #""input": "P", "alternatives": ["A"], "output": ["B"]"#, wrong("output[0]", "an object")
      ),
      (#""subject": "S", "target_new": "T""#, missing("prompt")),
      (#""prompt": "P", "target_new": "T""#, missing("subject")),
      (
        #""prompt": "P", "subject": "S", "target_new": {"str": "T"}"#, wrong("target_new", "a text")
      ),
      (
        #"\#(easy), "locality": [1]"#, wrong("locality", "an object with lists of probes")
      ),
      (
        #"\#(easy), "locality": {"Forgetfulness": ["L"]}"#,
        wrong("locality.Forgetfulness[0]", "an object with prompt and ground_truth")
      ),
      (
        #"\#(easy), "locality": {"A": [], "B": [{"prompt": "L"}]}"#,
        missing("locality.B[0].ground_truth")
      ),
      (
        #"\#(easy), "locality": {"B": {"prompt": [[]], "ground_truth": "G"}}"#,
        empty("locality.B.prompt")
      ),
      (
        #"\#(easy), "locality": {"B": [{"prompt": "L", "ground_truth": [["G"], 5]}, {"prompt": "L", "ground_truth": [[5]]}]}"#,
        wrong("locality.B[1].ground_truth[0][0]", "a text or a list of texts")
      ),
      (#""text": "P", "concept": "S""#, missing("labels")),
      (#""labels": "T", "concept": "S""#, missing("text")),
      (#""labels": "T", "text": "P""#, missing("concept")),
    ]
    let good = #"{"prompt": "P", "subject": "S", "target": "T"}"#
    for (fields, error) in cases {
      #expect(throws: error, "\(fields)") { try load("[\(good), {\(fields)}]") }
    }
  }
}

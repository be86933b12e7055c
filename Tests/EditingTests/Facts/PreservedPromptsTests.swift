import Editing
import ObjectModel
import Testing

@Suite struct PreservedPromptsTests {
  private func record(_ prompt: String, _ rephrasing: String, _ probe: String) -> EditRecord {
    EditRecord(
      prompt: prompt, subject: "s", target: " t", rephrasings: [rephrasing],
      locality: [.init(prompt: probe, target: " u")])
  }

  @Test func everyRoleOfAPromptIsPreservedOnceAndInOrder() {
    let source = [record("a", "b", "c"), record("d", "b", "e"), record("c", "f", "a")]
    #expect(PreservedPrompts(of: source, without: []).prompts == ["a", "b", "c", "d", "e", "f"])
  }

  @Test func promptsThatTheEditedRecordsHoldInAnyRoleAreLeftOut() {
    let source = [record("a", "b", "c"), record("d", "e", "f"), record("g", "h", "i")]
    // A probe, a prompt and a rephrasing of the edited record are each something else in the source.
    let edited = [record("b", "f", "g")]
    #expect(
      PreservedPrompts(of: source, without: edited).prompts == ["a", "c", "d", "e", "h", "i"])
  }

  @Test func tooManyPromptsAreThinnedOutEvenly() {
    let count = 2 * PreservedPrompts.limit
    let source = (0..<count).map {
      EditRecord(prompt: "\($0)", subject: "s", target: " t", rephrasings: [], locality: [])
    }
    let prompts = PreservedPrompts(of: source, without: []).prompts
    #expect(prompts == (0..<PreservedPrompts.limit).map { "\(2 * $0)" })
  }
}

import Editing
import ObjectModel
import Testing

@Suite struct RecordSelectionTests {
  private func selection(sample: Int, seed: UInt64 = 0) -> RecordSelection {
    var selection = RecordSelection()
    selection.sample = sample
    selection.seed = seed
    return selection
  }

  /// Steele, Lea & Flood's SplitMix64, from seed 1234567: the published test values.
  @Test func lotsAreTheNumbersOfSplitMix64() {
    let lots: [UInt64] = [
      6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
      4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
    ]
    let order = lots.indices.sorted { lots[$0] < lots[$1] }
    for count in 1...5 {
      #expect(
        selection(sample: count, seed: 1_234_567).chosen(from: Array(0..<5))
          == order.prefix(count).sorted())
    }
  }

  @Test func moreRecordsLeaveTheOldOnesTheirLots() {
    let selection = selection(sample: 20, seed: 5)
    var before = selection.chosen(from: Array(0..<20))
    #expect(before == Array(0..<20))
    for count in 21...60 {
      let now = selection.chosen(from: Array(0..<count))
      #expect(now.count == 20 && now == now.sorted())
      // At most one record goes, and only for the new one.
      #expect(Set(now).subtracting(before).isSubset(of: [count - 1]))
      before = now
    }
    #expect(self.selection(sample: 20, seed: 6).chosen(from: Array(0..<60)) != before)
    // A record's lot does not depend on which others there are.
    let even = selection.chosen(from: Array(stride(from: 0, to: 60, by: 2)))
    #expect(Set(before.filter { $0.isMultiple(of: 2) }).isSubset(of: even))
  }

  @Test func theLimitTakesTheFirstOfTheSample() {
    var selection = selection(sample: 5)
    let sample = selection.chosen(from: Array(0..<50))
    selection.limit = 2
    #expect(selection.chosen(from: Array(0..<50)) == Array(sample.prefix(2)))
    #expect(RecordSelection().chosen(from: [3, 5]) == [3, 5])
  }

  @Test func allConditionsMustHold() {
    let record = EditRecord(
      prompt: "The capital of Utopia is", subject: "Utopia", target: " Amaurot",
      identifier: "u-1", source: "islands.jsonl")
    func admits(_ conditions: [(RecordSelection.Field, String)], relation: String? = nil) -> Bool {
      var selection = RecordSelection()
      selection.conditions = conditions.map { .init(field: $0, text: $1) }
      return selection.admits(record, relation: relation)
    }
    #expect(admits([]))
    #expect(admits([(.prompt, "capital"), (.subject, "topia"), (.target, "Amaurot")]))
    #expect(admits([(.id, "u-1"), (.source, "islands")]))
    #expect(!admits([(.prompt, "capital"), (.subject, "utopia")]))
    #expect(admits([(.relation, "cap")], relation: "capital"))
    #expect(!admits([(.relation, "cap")]))
    #expect(!admits([(.source, "u-1")]))
  }
}

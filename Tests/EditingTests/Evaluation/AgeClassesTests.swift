import Editing
import Testing

@Suite struct AgeClassesTests {
  @Test func classesDoubleInWidthAndHoldEveryAgeOnce() {
    let classes = [0...0, 1...1, 2...3, 4...7, 8...15, 16...31, 32...63]
    for expected in classes {
      for age in expected {
        let found = AgeClass(holding: age)
        #expect(found.youngest == expected.lowerBound && found.oldest == expected.upperBound)
      }
    }
    #expect(AgeClass(holding: 1_000_000).youngest == 524_288)
  }

  @Test func retentionIsTheMeanEfficacyOfAnAgesRecords() {
    var evaluation = Evaluation()
    evaluation.efficacies = [1, 0, 0.5, 0.25, 1, 1]
    evaluation.exactMatches = [1, 0, 0, 0, 1, 0]
    let classes = AgeClass.classes(of: evaluation, ages: [5, 3, 2, 2, 0, 0])
    #expect(classes.map(\.youngest) == [0, 2, 4])
    #expect(classes.map(\.efficacy.value) == [1, 0.25, 1])
    #expect(classes.map(\.efficacy.count) == [2, 3, 1])
    #expect(classes.map { $0.exactMatch?.value } == [0.5, 0, 1])
    #expect(classes[1].efficacy.interval == WilsonInterval.around(0.25, size: 3))
    evaluation.exactMatches = []
    #expect(AgeClass.classes(of: evaluation, ages: [0, 0, 0, 0, 0, 0])[0].exactMatch == nil)
  }
}

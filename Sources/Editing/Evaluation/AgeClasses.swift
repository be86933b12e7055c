/// Edits of about the same age, and how well they are kept.
///
/// An edit's age is the number of commits that were edited in after its own. Ages are gathered in
/// classes that double in width: 0, 1, 2–3, 4–7, 8–15 and so on.
package struct AgeClass: Sendable, Equatable {
  package let youngest: Int
  package let oldest: Int
  /// Teacher-forced.
  package var efficacy = MeasuredMean()
  /// By free generation, where that was measured.
  package var exactMatch: MeasuredMean?

  /// The class that an age belongs to.
  ///
  /// - Parameter age: not negative.
  package init(holding age: Int) {
    // 0, then 2^k … 2^(k+1) − 1.
    youngest = age == 0 ? 0 : 1 << (Int.bitWidth - 1 - age.leadingZeroBitCount)
    oldest = age == 0 ? 0 : 2 * youngest - 1
  }

  /// How well records are kept by age, the youngest first; classes without records are left out.
  ///
  /// - Parameters:
  ///   - evaluation: of the records.
  ///   - ages: of the same records, in the same order.
  package static func classes(of evaluation: Evaluation, ages: [Int]) -> [AgeClass] {
    var members: [Int: [Int]] = [:]
    for (index, age) in ages.enumerated() {
      members[AgeClass(holding: age).youngest, default: []].append(index)
    }
    return members.sorted { $0.key < $1.key }.map { youngest, indices in
      var ageClass = AgeClass(holding: youngest)
      ageClass.efficacy = measurement(evaluation.efficacies, indices)
      if !evaluation.exactMatches.isEmpty {
        ageClass.exactMatch = measurement(evaluation.exactMatches, indices)
      }
      return ageClass
    }
  }

  private static func measurement(_ values: [Double], _ indices: [Int]) -> MeasuredMean {
    var tally = Tally()
    for index in indices { tally.add([values[index]]) }
    return tally.measurement
  }
}

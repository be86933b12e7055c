import LanguageModel
import ModelStore
import Tensors

/// The factors of a batch's inner steps, in binary32, gathered by matrix.
struct StepFactors {
  private struct Part {
    var u: Matrix  // (out, rows)
    let v: Matrix  // (rows, in)
  }

  private var parts: [ProjectionPlace: [Part]] = [:]
  /// The part that each step went into.
  private var partOfStep: [ProjectionPlace: [Int]] = [:]
  /// Steps gathered.
  private(set) var count = 0

  /// Adds a step. Where its right factors are those of an earlier step, as in the lowest edited
  /// layer, the left factors add up instead of widening the delta.
  mutating func append(_ factors: [ProjectionPlace: RLEditRule.Factors]) {
    for (place, step) in factors {
      var known = parts.removeValue(forKey: place) ?? []
      if let same = known.firstIndex(where: { $0.v == step.v }) {
        for index in step.u.elements.indices {
          known[same].u.elements[index] += step.u.elements[index]
        }
        partOfStep[place, default: []].append(same)
      } else {
        partOfStep[place, default: []].append(known.count)
        known.append(Part(u: step.u, v: step.v))
      }
      parts[place] = known
    }
    count += 1
  }

  /// The ranks of a matrix's update that hold the factors of a step.
  func ranks(of place: ProjectionPlace, step: Int) -> Range<Int> {
    guard let parts = parts[place], let part = partOfStep[place]?[step] else { return 0..<0 }
    let first = parts[..<part].reduce(0) { $0 + $1.v.rows }
    return first..<first + parts[part].v.rows
  }

  /// The steps' factors side by side, quantised, one update a matrix.
  func updates(
    of places: [ProjectionPlace], as elementType: ElementType
  ) throws -> [LowRankUpdate] {
    try places.compactMap { place in
      guard let parts = parts[place], let first = parts.first else { return nil }
      let out = first.u.rows
      let v = parts.dropFirst().reduce(first.v) { $0.stacked(above: $1.v) }
      let u = Matrix(rows: out, columns: v.rows) { buffer in
        var next = 0
        for row in 0..<out {
          for part in parts {
            for value in part.u.row(row) {
              buffer[next] = value
              next += 1
            }
          }
        }
      }
      return try LowRankUpdate(
        tensor: place.weightName,
        u: StoredFactor(quantizing: u, as: elementType),
        v: StoredFactor(quantizing: v, as: elementType))
    }
  }
}

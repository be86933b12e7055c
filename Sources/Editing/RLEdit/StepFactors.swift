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
      guard let (u, v) = gathered(at: place) else { return nil }
      return try Self.update(place, u, v, as: elementType)
    }
  }

  /// The same, updates of a rank above `rank` brought down to it by the best approximation.
  ///
  /// - Returns: `nil` where no update has such a rank.
  /// - Throws: ``EditingError/singularSystem(module:)`` where a factor has no singular values to be found.
  func updates(
    of places: [ProjectionPlace], as elementType: ElementType, rank: Int, compute: Compute
  ) throws -> [LowRankUpdate]? {
    let factors = places.compactMap { place in
      gathered(at: place).map { (place: place, u: $0.u, v: $0.v) }
    }
    guard factors.contains(where: { $0.v.rows > rank }) else { return nil }
    return try factors.compactMap { place, u, v in
      guard v.rows > rank else { return try Self.update(place, u, v, as: elementType) }
      guard let low = LowRankApproximation(u: u, v: v, rank: rank, compute: compute) else {
        throw EditingError.singularSystem(module: place.weightName)
      }
      // A matrix whose update is zero, as where no later layer reads its rows, has none.
      return low.v.rows == 0 ? nil : try Self.update(place, low.u, low.v, as: elementType)
    }
  }

  private static func update(
    _ place: ProjectionPlace, _ u: Matrix, _ v: Matrix, as elementType: ElementType
  ) throws -> LowRankUpdate {
    try LowRankUpdate(
      tensor: place.weightName, u: StoredFactor(quantizing: u, as: elementType),
      v: StoredFactor(quantizing: v, as: elementType))
  }

  /// The parts of a matrix side by side: `U` (`out×R`) and `V` (`R×in`).
  private func gathered(at place: ProjectionPlace) -> (u: Matrix, v: Matrix)? {
    guard let parts = parts[place], let first = parts.first else { return nil }
    let v = Matrix(stacking: parts.map(\.v))
    let u = Matrix(rows: first.u.rows, columns: v.rows) { buffer in
      var next = 0
      for row in 0..<first.u.rows {
        for part in parts {
          for value in part.u.row(row) {
            buffer[next] = value
            next += 1
          }
        }
      }
    }
    return (u, v)
  }
}

package import LanguageModel
package import ModelStore
package import Tensors

/// Sums the gradient with respect to the factors of updates over the rows of many passes. Weight
/// gradients are never formed: with `dW = GᵀK` over rows, `dU = dW·Vᵀ = Gᵀ(KVᵀ)` and
/// `dV = Uᵀ·dW = (GU)ᵀK`.
package struct FactorGradientSums: Sendable {
  private struct Sum: Sendable {
    let u: WeightView  // (out, r)
    let v: WeightView  // (r, in)
    var gradient: FactorGradient
  }

  private var sums: [ProjectionPlace: Sum] = [:]
  private let places: [ProjectionPlace]
  private let compute: Compute

  /// - Parameters:
  ///   - updates: of which weights the passes are, in stored form.
  ///   - includesRight: whether gradients with respect to `V` are wanted.
  package init(
    _ updates: [LowRankUpdate], includesRight: Bool, compute: Compute
  ) throws {
    self.compute = compute
    var places: [ProjectionPlace] = []
    for update in updates {
      guard let place = ProjectionPlace(weightName: update.tensor) else { continue }
      places.append(place)
      sums[place] = Sum(
        u: try update.u.view(), v: try update.v.view(),
        gradient: FactorGradient(
          u: Matrix(rows: update.u.rows, columns: update.rank),
          v: includesRight ? Matrix(rows: update.rank, columns: update.v.columns) : nil))
    }
    self.places = places
  }

  /// Takes in the rows of a pass, in order.
  package mutating func add(_ signals: [ProjectionPlace: ProjectionSignals]) {
    for place in places {
      guard var sum = sums.removeValue(forKey: place), let signal = signals[place] else { continue }
      compute.addProduct(
        transposed: signal.outputGradients, compute.product(signal.keys, transposed: sum.v),
        to: &sum.gradient.u)
      if var right = sum.gradient.v.take() {
        compute.addProduct(
          transposed: compute.product(signal.outputGradients, sum.u), signal.keys, to: &right)
        sum.gradient.v = right
      }
      sums[place] = sum
    }
  }

  /// Adds the gradient of `ρ‖UV‖²_F` of every matrix: `2ρ·U(VVᵀ)` and `2ρ·(UᵀU)V`.
  ///
  /// - Returns: `ρ Σ‖UV‖²_F`.
  package mutating func addRegularization(_ weight: Double) -> Double {
    guard weight > 0 else { return 0 }
    var total = 0.0
    for place in places {
      guard var sum = sums.removeValue(forKey: place) else { continue }
      let (u, v) = (compute.widened(sum.u), compute.widened(sum.v))
      let right = compute.product(u, compute.product(v, transposed: sum.v))
      total += weight * Double(compute.dot(u.elements, right.elements))
      add(right, times: Float(2 * weight), to: &sum.gradient.u)
      if var dV = sum.gradient.v.take() {
        add(
          compute.product(compute.product(transposed: u, u), v), times: Float(2 * weight), to: &dV)
        sum.gradient.v = dV
      }
      sums[place] = sum
    }
    return total
  }

  private func add(_ addend: Matrix, times factor: Float, to sum: inout Matrix) {
    for index in sum.elements.indices { sum.elements[index] += factor * addend.elements[index] }
  }

  /// The gradient with respect to the factors in the given ranks.
  package func gradient(
    at place: ProjectionPlace, ranks: Range<Int>
  ) -> FactorGradient? {
    sums[place].map { sum in
      FactorGradient(
        u: sum.gradient.u.block(rows: 0..<sum.gradient.u.rows, columns: ranks),
        v: sum.gradient.v?.block(rows: ranks, columns: 0..<(sum.gradient.v?.columns ?? 0)))
    }
  }
}

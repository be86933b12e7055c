package import LanguageModel
package import Tensors

/// One run of ``RLEditRule``: the updates, and what their gradient needs.
package struct RLEditPass: Sendable {
  /// The matrices of one shape.
  struct Group: Sendable {
    let shape: WeightShape
    let places: [ProjectionPlace]
    let rows: [Int]
    let normalized: Matrix  // (rows of all, in+out)
    let run: HypernetworkPass
  }

  /// One matrix.
  struct Update: Sendable {
    let module: Int
    /// Its rows in the group.
    let rows: Range<Int>
    let similar: Matrix  // (rows, in), the keys that the similarity is taken with
    let similarities: [Float]  // (rows), kᵢ·k̃ᵢ or the leverage
    let scales: [Float]  // (rows), what output gradients are multiplied by after the hypernetwork
    private(set) var values: Matrix  // (rows, out), D
    let solver: RidgeSolver?
    private(set) var solution: Matrix  // (rows, out), Uᵀ
    let ridge: Double
    private(set) var factors: RLEditRule.Factors
    /// What the rows of `D` were scaled by to seek their targets.
    private(set) var lengths: [Float] = []

    init(
      module: Int, rows: Range<Int>, similar: Matrix, similarities: [Float], scales: [Float],
      values: Matrix, solver: RidgeSolver?, solution: Matrix, ridge: Double,
      factors: RLEditRule.Factors
    ) {
      self.module = module
      self.rows = rows
      self.similar = similar
      self.similarities = similarities
      self.scales = scales
      self.values = values
      self.solver = solver
      self.solution = solution
      self.ridge = ridge
      self.factors = factors
    }

    /// Scales the rows of `D` and solves again.
    mutating func rescale(rows factors: [Float]) {
      guard let solver else { return }
      for row in 0..<values.rows {
        for column in 0..<values.columns { values[row, column] *= factors[row] }
      }
      lengths = factors
      solution = solver.solve(values)
      self.factors = .init(u: solution.transposed, v: self.factors.v)
    }
  }

  var groups: [Group] = []
  var updates: [ProjectionPlace: Update] = [:]
  /// The bound on the length of records' steps that this one worked under or set.
  var longest: Double?

  /// The factors of every matrix's update.
  package var factors: [ProjectionPlace: RLEditRule.Factors] {
    updates.mapValues(\.factors)
  }
}

/// The gradient of an objective with respect to the factors of an update.
package struct FactorGradient: Sendable {
  package var u: Matrix  // (out, rows)
  /// `rows×in`; `nil` where nothing before it depends on a parameter.
  package var v: Matrix?

  package init(u: Matrix, v: Matrix?) {
    self.u = u
    self.v = v
  }
}

extension RLEditRule {
  /// Adds to `gradient` what the gradients with respect to a pass's factors give for the hypernetworks'
  /// parameters. Keys, output gradients and statistics count as constants.
  ///
  /// With `X = Uᵀ = A⁻¹D`, `A = KKᵀ + e^λ I`: `dD = A⁻¹dX`, `dλ = −e^λ Σ dD∘X`,
  /// `dη = −Σᵢ (kᵢ·k̃ᵢ)(g̃ᵢ·dDᵢ)`, `dk̃ᵢ = −η (g̃ᵢ·dDᵢ) kᵢ`, `dg̃ᵢ = −η (kᵢ·k̃ᵢ) dDᵢ`.
  package func addGradient(
    of pass: RLEditPass, factors: [ProjectionPlace: FactorGradient],
    to gradient: inout HypernetworkSet
  ) {
    for group in pass.groups {
      guard let network = networks[group.shape] else { continue }
      let input = group.shape.input
      var dOutput = Matrix(rows: group.normalized.rows, columns: network.size)
      gradient.update(group.shape) { sums in
        for place in group.places {
          guard let update = pass.updates[place], let given = factors[place] else { continue }
          let transformed = group.run.output.block(rows: update.rows, columns: 0..<input)
          let gradients = group.run.output.block(rows: update.rows, columns: input..<network.size)
          let (dTransformed, dGradients) = back(
            update, at: place, given, transformed: transformed, gradients: gradients,
            step: network.stepSizes[update.module], sums: &sums)
          dOutput.set(dTransformed, row: update.rows.lowerBound, column: 0)
          dOutput.set(dGradients, row: update.rows.lowerBound, column: input)
        }
        network.addGradient(of: group.run, dOutput: dOutput, to: &sums, compute: compute)
      }
    }
  }

  /// The gradients with respect to `k̃` and `g̃` of one matrix; adds those of its step size and ridge.
  private func back(
    _ update: RLEditPass.Update, at place: ProjectionPlace, _ given: FactorGradient,
    transformed: Matrix, gradients: Matrix,
    step: Float, sums: inout Hypernetwork
  ) -> (transformed: Matrix, gradients: Matrix) {
    let dSolution = given.u.transposed
    guard let solver = update.solver else {
      var dGradients = dSolution
      for index in dGradients.elements.indices { dGradients.elements[index] *= -step }
      sums.stepSizes[update.module] -= compute.dot(gradients.elements, dSolution.elements)
      return (given.v ?? transformed.zeros, dGradients)
    }
    var dValues = solver.solve(dSolution)
    sums.logRidges[update.module] -=
      Float(update.ridge) * compute.dot(dValues.elements, update.solution.elements)
    dValues = outputMetrics[place]?.project(dValues, compute: compute) ?? dValues
    var (dTransformed, dGradients) = (update.similar, dValues)
    for (row, similarity) in update.similarities.enumerated() {
      let length = update.scales[row] * (update.lengths.isEmpty ? 1 : update.lengths[row])
      let along = compute.dot(Array(gradients.row(row)), Array(dValues.row(row))) * length
      sums.stepSizes[update.module] -= similarity * along
      // The leverage does not depend on the hypernetwork.
      let share = form == .leverage ? 0 : -step * along
      for column in 0..<dTransformed.columns { dTransformed[row, column] *= share }
      for column in 0..<dGradients.columns {
        dGradients[row, column] *= -step * similarity * length
      }
    }
    return (dTransformed, dGradients)
  }
}

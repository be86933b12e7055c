package import LanguageModel
package import Tensors

/// How what a hypernetwork makes of a batch's signals becomes an update of a matrix.
package enum UpdateForm: Sendable, Equatable {
  /// MALMEN's least squares (Tan et al. 2024), which RLEdit takes over:
  ///
  ///     Dᵢ = −η (kᵢ·k̃ᵢ) g̃ᵢ        ΔWᵀ = (KᵀK + M)⁻¹ KᵀD
  ///
  /// with `M = e^λ I`, or what the metric in use says.
  case leastSquares
  /// The same with the normalised key in place of the key in the similarity: `Dᵢ = −η (k̂ᵢ·k̃ᵢ) g̃ᵢ`, as
  /// UltraEdit has it.
  case leastSquaresOfNormalizedKeys
  /// The natural gradient under the metric: `Dᵢ = −η κᵢ g̃ᵢ` with the leverage `κᵢ = kᵢᵀM⁻¹kᵢ`, so that
  /// keys that the metric protects are moved less. Output gradients pass through the hypernetwork scaled
  /// to the norm `√out`, and back.
  case leverage
  /// MEND's sum of outer products (Mitchell et al. 2022): `ΔWᵀ = −η K̃ᵀG̃`.
  case outerProduct
}

/// The update of every matrix from its signals.
///
/// Keys `K` (`rows×in`) and output gradients `G` (`rows×out`) are normalised by the running statistics
/// and pass through the hypernetwork to `(k̃, g̃)`. What comes out is factored: `ΔW = U·V` with `U`
/// (`out×rows`) and `V` (`rows×in`). By `(KᵀK + M)⁻¹Kᵀ = M⁻¹Kᵀ(KM⁻¹Kᵀ + I)⁻¹` the least squares are
/// `V = KM⁻¹`, `U = ((KVᵀ + I)⁻¹D)ᵀ`; for `M = e^λ I` that is written as `V = K`,
/// `U = ((KKᵀ + e^λ I)⁻¹D)ᵀ`.
package struct RLEditRule: Sendable {
  package let networks: HypernetworkSet
  /// The matrices to edit, in order. A matrix's index within its hypernetwork counts the earlier
  /// matrices of the same shape.
  package let places: [ProjectionPlace]
  package let form: UpdateForm
  /// What `M` is, by place of the keys; `e^λ I` where there is none.
  package let metrics: [KeyPlace: any KeyMetric]
  /// What the rows of `D` of a matrix are multiplied by in the least squares; nothing where there is none.
  package let outputMetrics: [ProjectionPlace: OutputMetric]
  package let stepLength: StepLength
  let compute: Compute

  package init(
    networks: HypernetworkSet, places: [ProjectionPlace], form: UpdateForm = .leastSquares,
    metrics: [KeyPlace: any KeyMetric] = [:],
    outputMetrics: [ProjectionPlace: OutputMetric] = [:], stepLength: StepLength = .learned,
    compute: Compute
  ) {
    self.networks = networks
    self.places = places
    self.form = form
    self.metrics = metrics
    self.outputMetrics = outputMetrics
    self.stepLength = stepLength
    self.compute = compute
  }

  /// The factors `U` (`out×rows`) and `V` (`rows×in`) of an update, in binary32.
  package struct Factors: Sendable {
    package let u: Matrix
    package let v: Matrix

    package init(u: Matrix, v: Matrix) {
      self.u = u
      self.v = v
    }
  }

  /// The factors of every matrix's update, with what the way back to the hypernetwork needs.
  ///
  /// - Parameters:
  ///   - statistics: the running statistics, this batch's rows included.
  ///   - records: whose rows they are; needed where the step seeks targets.
  /// - Throws: ``EditingError/unknownModule(_:)`` when a matrix has no signals or no hypernetwork and
  ///   ``EditingError/singularSystem(module:)``.
  package func run(
    _ signals: [ProjectionPlace: ProjectionSignals], statistics: RunningStatistics,
    records: RowRecords? = nil
  ) throws -> RLEditPass {
    var pass = RLEditPass()
    // Matrices that read one input share their keys, and so V.
    var projected: [KeyPlace: Matrix] = [:]
    for (shape, members) in try grouped(signals) {
      guard let network = networks[shape], members.count <= network.modules else {
        throw EditingError.unknownModule(members[0].place.weightName)
      }
      // The rows of all matrices of a shape pass through together, matrix after matrix.
      let moments = statistics.normalization(of: shape)
      let normalized = Matrix(stacking: members.map { rows(of: $0.signals, by: moments) })
      let modules = members.indices.flatMap { index in
        [Int](repeating: index, count: members[index].signals.keys.rows)
      }
      let run = network.run(normalized, modules: modules, compute: compute)
      pass.groups.append(
        .init(
          shape: shape, places: members.map(\.place), rows: members.map(\.signals.keys.rows),
          normalized: normalized, run: run))
      var first = 0
      for (module, member) in members.enumerated() {
        let range = first..<first + member.signals.keys.rows
        first = range.upperBound
        pass.updates[member.place] = try update(
          member, normalized: normalized, output: run.output, rows: range, network: network,
          module: module, projected: &projected)
      }
    }
    if case .targetSeeking(let fraction, let trust) = stepLength, let records {
      scale(&pass, signals, records, fraction: fraction, trust: trust)
    }
    return pass
  }

  /// The rows that go into the hypernetwork.
  private func rows(of signals: ProjectionSignals, by moments: RowNormalization) -> Matrix {
    let rows = moments.rows(of: signals)
    guard form == .leverage else { return rows }
    var scaled = rows
    for row in 0..<rows.rows {
      let scale = scale(of: signals.outputGradients.row(row))
      for (column, value) in signals.outputGradients.row(row).enumerated() {
        scaled[row, signals.keys.columns + column] = value / scale
      }
    }
    return scaled
  }

  /// What a row of output gradients is divided by before the hypernetwork: its norm over `√out`; 1 for a
  /// row of zeros.
  private func scale(of gradients: ArraySlice<Float>) -> Float {
    let row = Array(gradients)
    let mean = compute.dot(row, row) / Float(row.count)
    return mean > 0 ? mean.squareRoot() : 1
  }

  /// Scales every record's rows to the length that its loss asks for.
  private func scale(
    _ pass: inout RLEditPass, _ signals: [ProjectionPlace: ProjectionSignals],
    _ records: RowRecords, fraction: Double, trust: Double
  ) {
    var predicted = [Double](repeating: 0, count: records.losses.count)
    var (alone, squares) = (predicted, predicted)
    for place in places {
      guard let update = pass.updates[place], let signal = signals[place] else { continue }
      // ΔY = K·Vᵀ·Uᵀ, rows×out.
      let change = compute.product(
        compute.product(signal.keys, transposed: update.factors.v), update.solution)
      let ridge = metrics[place.keyPlace] == nil ? update.ridge : 1
      for (row, record) in records.record.enumerated() {
        let gradient = Array(signal.outputGradients.row(row))
        predicted[record] -= Double(compute.dot(Array(change.row(row)), gradient))
        // A row by itself would solve (κ + ρ)·u = D, and move its outputs by κ·u.
        let leverage = Double(
          compute.dot(Array(update.factors.v.row(row)), Array(signal.keys.row(row))))
        let values = Array(update.values.row(row))
        alone[record] -= Double(compute.dot(values, gradient)) * leverage / (leverage + ridge)
        squares[record] += Double(compute.dot(values, values))
      }
    }
    let (factors, longest) = records.factors(
      fraction: fraction, trust: trust, predicted: predicted, alone: alone,
      norms: squares.map { $0.squareRoot() })
    pass.longest = longest
    let byRow = records.record.map { factors[$0] }
    for place in places { pass.updates[place]?.rescale(rows: byRow) }
  }

  private func update(
    _ member: Member, normalized: Matrix, output: Matrix, rows: Range<Int>,
    network: Hypernetwork, module: Int, projected: inout [KeyPlace: Matrix]
  ) throws -> RLEditPass.Update {
    let (place, keys) = (member.place, member.signals.keys)
    let input = network.shape.input
    var gradients = output.block(rows: rows, columns: input..<network.size)
    let transformed = output.block(rows: rows, columns: 0..<input)
    let step = network.stepSizes[module]
    if form == .outerProduct {
      for index in gradients.elements.indices { gradients.elements[index] *= -step }
      return .init(
        module: module, rows: rows, similar: keys, similarities: [], scales: [], values: gradients,
        solver: nil, solution: gradients, ridge: 0,
        factors: Factors(u: gradients.transposed, v: transformed))
    }
    let metric = metrics[place.keyPlace]
    let ridge = PortableMath.exponential(Double(network.logRidges[module]))
    // With V = K·M⁻¹ the system is I + K·Vᵀ; with the ridge alone both are scaled by it.
    let v = projected[place.keyPlace] ?? metric?.project(keys, compute: compute) ?? keys
    projected[place.keyPlace] = v
    let similar: Matrix
    switch form {
    case .leastSquaresOfNormalizedKeys:
      similar = normalized.block(rows: rows, columns: 0..<input)
    case .leverage: similar = v
    case .leastSquares, .outerProduct: similar = keys
    }
    let similarities = (0..<rows.count).map { row in
      compute.dot(
        Array(similar.row(row)), Array(form == .leverage ? keys.row(row) : transformed.row(row)))
    }
    let scales = (0..<rows.count).map { row in
      form == .leverage ? scale(of: member.signals.outputGradients.row(row)) : 1
    }
    var values = gradients
    for row in 0..<rows.count {
      let factor = -step * similarities[row] * scales[row]
      for column in 0..<values.columns { values[row, column] *= factor }
    }
    values = outputMetrics[place]?.project(values, compute: compute) ?? values
    guard
      let solver = RidgeSolver(
        gram: compute.product(keys, transposed: v), ridge: metric == nil ? ridge : 1,
        compute: compute)
    else { throw EditingError.singularSystem(module: place.weightName) }
    let solution = solver.solve(values)
    return .init(
      module: module, rows: rows, similar: similar, similarities: similarities, scales: scales,
      values: values, solver: solver, solution: solution, ridge: metric == nil ? ridge : 0,
      factors: Factors(u: solution.transposed, v: v))
  }

  /// A matrix with its signals.
  private struct Member {
    let place: ProjectionPlace
    let signals: ProjectionSignals
  }

  /// The matrices by shape, shapes and matrices in order.
  private func grouped(
    _ signals: [ProjectionPlace: ProjectionSignals]
  ) throws -> [(WeightShape, [Member])] {
    var groups: [WeightShape: [Member]] = [:]
    for place in places {
      guard let signal = signals[place] else {
        throw EditingError.unknownModule(place.weightName)
      }
      let shape = WeightShape(
        input: signal.keys.columns, output: signal.outputGradients.columns)
      groups[shape, default: []].append(Member(place: place, signals: signal))
    }
    return groups.keys.sorted().map { ($0, groups[$0] ?? []) }
  }
}

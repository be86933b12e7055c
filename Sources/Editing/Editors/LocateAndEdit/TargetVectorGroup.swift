import LanguageModel
import Tensors

/// Edits whose target vectors are optimised in the same passes.
struct TargetVectorGroup {
  struct Edit {
    let prompts: [SubjectPrompts.Prompt]
    let essence: SubjectPrompts.Prompt
    let target: [Int]
  }

  /// `edits×H`.
  private(set) var shifts: Matrix

  private let parameters: TargetVectors.Parameters
  private let decoder: Decoder
  private let batch: TokenBatch
  /// The stream after the layer, without shifts.
  private let stream: Matrix
  /// The rows that are shifted, and the edit that each belongs to.
  private var shifted: [(row: Int, edit: Int)] = []
  /// The rows that are scored, the edit of each, and the token that it should predict.
  private var scored: [(row: Int, edit: Int, target: Int)] = []
  /// The last rows of the essence prompts, by edit.
  private var ends: [Int] = []
  /// `‖h‖` by edit, in the prompt itself.
  private var norms: [Double] = []

  init(_ edits: [Edit], parameters: TargetVectors.Parameters, decoder: Decoder) throws {
    self.parameters = parameters
    self.decoder = decoder
    var sequences: [[Int]] = []
    var next = 0
    func place(_ prompt: SubjectPrompts.Prompt, _ answer: ArraySlice<Int>) -> Int {
      sequences.append(prompt.tokens + answer)
      defer { next += prompt.tokens.count + answer.count }
      return next
    }
    var ownRows: [Int] = []
    for (index, edit) in edits.enumerated() {
      for (number, prompt) in edit.prompts.enumerated() {
        let start = place(prompt, edit.target.dropLast())
        shifted.append((start + prompt.subjectEnd, index))
        if number == 0 { ownRows.append(start + prompt.subjectEnd) }
        for (position, token) in edit.target.enumerated() {
          scored.append((start + prompt.tokens.count - 1 + position, index, token))
        }
      }
      let start = place(edit.essence, [])
      shifted.append((start + edit.essence.subjectEnd, index))
      ends.append(start + edit.essence.tokens.count - 1)
    }
    batch = TokenBatch(sequences)
    for (_, _, target) in scored where !(0..<decoder.shape.vocabulary).contains(target) {
      throw LanguageModelError.tokenOutsideVocabulary(
        id: target, vocabulary: decoder.shape.vocabulary)
    }
    stream = try decoder.residualStream(batch, reaching: parameters.layer + 1)
    shifts = Matrix(rows: edits.count, columns: decoder.shape.hidden)
    norms = ownRows.map { Self.norm(stream.row($0)) }
  }

  /// Runs the steps.
  ///
  /// - Returns: how many were taken.
  mutating func optimize() throws -> Int {
    let count = shifts.rows
    var adam = Adam(rate: parameters.rate, count: shifts.elements.count)
    var isDone = [Bool](repeating: false, count: count)
    var reference: Matrix?
    for step in 0..<parameters.steps {
      try Task.checkCancellation()
      let pass = try forward()
      let (losses, dLogits) = try judge(pass, reference: &reference, step: step)
      for edit in 0..<count where losses[edit] < parameters.targetLoss { isDone[edit] = true }
      guard isDone.contains(false) else { return step }
      let gradient = try gradient(of: pass, dLogits: dLogits)
      move(by: &adam, gradient, frozen: isDone)
      for edit in 0..<count { limit(edit) }
    }
    return parameters.steps
  }

  /// One step of Adam that leaves the edits that are done where they are.
  private mutating func move(by adam: inout Adam, _ gradient: Matrix, frozen: [Bool]) {
    let (columns, compute) = (shifts.columns, decoder.compute)
    shifts.elements.withUnsafeMutableBufferPointer { numbers in
      adam.step(numbers, gradient: gradient.elements, compute: compute) {
        frozen[$0 / columns]
      }
    }
  }

  private func forward() throws -> ForwardPass {
    let shift = ResidualShift(
      rows: shifted.map(\.row), vectors: shifts.gathering(rows: shifted.map(\.edit)))
    let next = parameters.layer + 1
    return try decoder.forward(
      batch, from: next, input: shift.applied(to: stream), recordingFrom: next)
  }

  /// The loss of every edit, and the gradient of their sum with respect to the logits of the scored
  /// rows and, behind them, of the essence prompts' ends.
  private func judge(
    _ pass: ForwardPass, reference: inout Matrix?, step: Int
  ) throws -> (losses: [Double], dLogits: Matrix) {
    let compute = decoder.compute
    let logits = try decoder.logits(of: pass.hidden, rows: scored.map(\.row))
    let targets = scored.map(\.target)
    var counts = [Int](repeating: 0, count: shifts.rows)
    for row in scored { counts[row.edit] += 1 }
    var losses = [Double](repeating: 0, count: shifts.rows)
    for (loss, row) in zip(compute.crossEntropy(logits, targets: targets), scored) {
      losses[row.edit] += loss
    }
    for edit in losses.indices {
      losses[edit] /= Double(counts[edit])
      losses[edit] +=
        parameters.decay * Self.norm(shifts.row(edit)) / (norms[edit] * norms[edit])
    }
    var dLogits = compute.crossEntropyGradient(
      logits, targets: targets, weights: scored.map { 1 / Float(counts[$0.edit]) })
    if parameters.divergenceWeight > 0 {
      let endLogits = try decoder.logits(of: pass.hidden, rows: ends)
      let unshifted = reference ?? endLogits
      reference = unshifted
      let (divergences, gradient) = compute.divergence(
        of: endLogits, from: unshifted, weight: parameters.divergenceWeight)
      for edit in losses.indices {
        losses[edit] += parameters.divergenceWeight * divergences[edit]
      }
      dLogits = dLogits.stacked(above: gradient)
    }
    guard losses.allSatisfy(\.isFinite) else { throw EditingError.diverged(steps: step) }
    return (losses, dLogits)
  }

  /// The gradient with respect to the shifts, `edits×H`: that of the stream, summed over an edit's
  /// rows in order, and the decay's.
  private func gradient(of pass: ForwardPass, dLogits: Matrix) throws -> Matrix {
    let rows = scored.map(\.row) + (parameters.divergenceWeight > 0 ? ends : [])
    let dStream = try decoder.streamGradient(
      of: pass, from: parameters.layer + 1, rows: rows, dLogits: dLogits)
    var gradient = Matrix(rows: shifts.rows, columns: shifts.columns)
    for (row, edit) in shifted {
      for column in 0..<shifts.columns { gradient[edit, column] += dStream[row, column] }
    }
    for edit in 0..<shifts.rows {
      let norm = Self.norm(shifts.row(edit))
      guard norm > 0 else { continue }
      let share = parameters.decay / (norm * (norms[edit] * norms[edit]))
      for column in 0..<shifts.columns {
        gradient[edit, column] = Float(
          Double(gradient[edit, column]) + share * Double(shifts[edit, column]))
      }
    }
    return gradient
  }

  /// Brings a shift that has grown too long back to the longest that is allowed.
  private mutating func limit(_ edit: Int) {
    let (norm, longest) = (Self.norm(shifts.row(edit)), parameters.normLimit * norms[edit])
    guard norm > longest else { return }
    let factor = longest / norm
    for column in 0..<shifts.columns {
      shifts[edit, column] = Float(factor * Double(shifts[edit, column]))
    }
  }

  /// The Euclidean norm, summed in binary64 in order.
  private static func norm(_ row: ArraySlice<Float>) -> Double {
    row.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
  }
}

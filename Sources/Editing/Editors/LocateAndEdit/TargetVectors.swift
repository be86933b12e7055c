import LanguageModel
import Tensors

/// The optimisation of target vectors (MEMIT, Meng et al. 2023, section 4.3.1): for every edit the
/// vector `δ` that, added to the residual stream after one layer at the subject's last token, makes
/// the model give the target.
///
/// Minimised by Adam over `δ`, each edit by itself:
///
///     L = mean cross-entropy of the target over the edit's prompts
///         + w_KL·KL(p_δ ‖ p_0) at the end of "<subject> is a"
///         + w_decay·‖δ‖/‖h‖²
///
/// with `h` the stream there without `δ`, and `‖δ‖` held to `c·‖h‖` after every step.
struct TargetVectors {
  struct Parameters {
    /// The layer after which the vectors are added.
    var layer: Int
    var rate: Double
    var steps: Int
    /// An edit's steps end once its `L` is below this.
    var targetLoss: Double
    var divergenceWeight: Double
    var decay: Double
    /// `c`.
    var normLimit: Double
  }

  let parameters: Parameters

  /// What the optimisation gave.
  struct Result {
    /// `edits×H`, in the edits' order.
    let shifts: Matrix
    /// The most steps that an edit took.
    let steps: Int
  }

  /// About so many rows run at once; edits do not see each other, so that how they are grouped changes
  /// no bit.
  private static let rowLimit = 1024

  /// - Parameter decoder: over the weights before the batch.
  /// - Throws: ``EditingError/diverged(steps:)``, the errors of the model, `CancellationError`
  ///   between steps.
  func optimize(
    _ edits: [TokenizedEdit], _ prompts: SubjectPrompts, decoder: Decoder
  ) throws -> Result {
    let lengths = edits.indices.map { index in
      prompts.prompts[index].reduce(prompts.essences[index].tokens.count) {
        $0 + $1.tokens.count + edits[index].target.count - 1
      }
    }
    var shifts = Matrix(rows: 0, columns: decoder.shape.hidden)
    var steps = 0
    for part in Decoder.batches(of: lengths, rowLimit: Self.rowLimit) {
      var group = try TargetVectorGroup(
        edits[part].indices.map { index in
          .init(
            prompts: prompts.prompts[index], essence: prompts.essences[index],
            target: edits[index].target)
        }, parameters: parameters, decoder: decoder)
      steps = max(steps, try group.optimize())
      shifts = shifts.stacked(above: group.shifts)
    }
    return Result(shifts: shifts, steps: steps)
  }
}

package import LanguageModel
package import ModelStore
package import ObjectModel
import Tensors

/// AlphaEdit (Fang et al. 2025): MEMIT's target vectors, and updates that stay in the null space of
/// what the model knows and leave the outputs for earlier edits' keys alone.
///
/// With `P` the projector on the null space of the general keys' covariance (``NullSpace``), `G = KₚᵀKₚ`
/// over the keys of all earlier edits of the active chain (``KeyMemory``) and the batch's keys `K`, the
/// published update is
///
///     ΔWᵀ = (P(G + KᵀK) + λI)⁻¹PKᵀR
///
/// Its solution lies in `P`'s range, where `P` is the identity; so with `K̃ = KP` it is
///
///     ΔWᵀ = (λI + PGP + K̃ᵀK̃)⁻¹K̃ᵀR
///
/// a symmetric positive definite system of ``KeyedUpdate``'s form with `M = λI + PGP`. Without earlier
/// edits `M⁻¹` is a number. `K̃M⁻¹` is projected once more, which changes nothing but rounding: the
/// stored factor lies in the null space as well as its element type can tell.
///
/// The keys are kept with the commit, quantised before they are used. So reverting an edit takes its
/// keys out of what later edits must leave alone.
package struct AlphaEdit: Editor {
  package static let engineVersion = 1

  package let recipe: Recipe
  private let spreading: ResidualSpreading
  private let nullSpaces: [ProjectionPlace: NullSpace]
  private let ridge: Double
  private let earlierKeys: KeyFold<KeyGrams>

  /// - Throws: as ``MethodValues/init(_:of:for:)``, ``EditingError/unsuitableModules(method:wanted:)``,
  ///   ``EditingError/noCovariance(method:)``, ``EditingError/missingCovariance(place:)``,
  ///   ``EditingError/noEigenvalues(place:)`` and ``EditingError/emptyNullSpace(place:)``.
  /// - Complexity: O(layers·in³).
  init(_ recipe: Recipe, materials: EditorCatalogue.Materials, base: Decoder) throws {
    let values = try MethodValues(recipe, of: Self.description, for: base.shape)
    self.recipe = recipe
    spreading = try ResidualSpreading(
      values, method: Self.description.name, encoding: materials.encoding)
    ridge = try values.number("ridge")
    guard let covariance = try materials.covariance?.read() else {
      throw EditingError.noCovariance(method: Self.description.name)
    }
    let threshold = try values.number("null-space-threshold")
    var nullSpaces: [ProjectionPlace: NullSpace] = [:]
    for place in values.places {
      try Task.checkCancellation()
      let mean = try covariance.moments(at: place.keyPlace, size: base.shape.intermediate).mean
      guard let space = NullSpace(of: mean, threshold: threshold, compute: base.compute) else {
        throw EditingError.noEigenvalues(place: place.keyPlace.name)
      }
      guard space.basis.rows > 0 else {
        throw EditingError.emptyNullSpace(place: place.keyPlace.name)
      }
      nullSpaces[place] = space
    }
    self.nullSpaces = nullSpaces
    let compute = base.compute
    earlierKeys = KeyFold {
      KeyGrams()
    } remembering: {
      try $0.remember($1, compute: compute)
    }
  }

  package var readsCovariance: Bool { true }
  package var reads: EditingStateParts { .memory }

  package func edit(
    _ batch: [TokenizedEdit], decoder: Decoder, weights: EditedWeights, state: EditingState
  ) throws -> EditOutcome {
    let compute = decoder.compute
    let earlier = try earlierKeys.value(after: state.memory)
    var remembered: [KeyPlace: StoredFactor] = [:]
    return try spreading.edit(
      batch, decoder: decoder, weights: weights, memory: { EditMemory(remembered) },
      weighting: { place, keys in
        guard let space = nullSpaces[place] else {
          throw EditingError.missingCovariance(place: place.keyPlace.name)
        }
        let stored = try StoredFactor(quantizing: keys, as: spreading.factorType)
        remembered[place.keyPlace] = stored
        let kept = DoubleMatrix(compute.widened(try stored.view()))
        let projected = space.project(kept, compute: compute)
        let weighted = try weighted(
          projected, earlier: earlier[place.keyPlace], in: space, at: place,
          compute: compute)
        return (projected, weighted)
      })
  }

  /// `K̃M⁻¹`, projected.
  private func weighted(
    _ keys: DoubleMatrix, earlier gram: FloatBuffer?, in space: NullSpace,
    at place: ProjectionPlace,
    compute: Compute
  ) throws -> DoubleMatrix {
    guard let gram, gram.count == keys.columns * keys.columns else {
      var weighted = keys
      for index in weighted.elements.indices { weighted.elements[index] /= ridge }
      return weighted
    }
    let view = WeightView(rows: keys.columns, columns: keys.columns, buffer: gram)
    var system = DoubleMatrix(space.restrict(view, compute: compute))
    for index in 0..<system.rows { system[index, index] += ridge }
    guard let solver = CholeskySolver(system, compute: compute) else {
      throw EditingError.singularSystem(module: place.weightName)
    }
    return space.project(solver.solve(keys.transposed).transposed, compute: compute)
  }
}

extension AlphaEdit {
  /// The method as the catalogue lists it.
  package static let description: EditingMethod = EditingMethod(
    name: "alphaedit",
    summary: "MEMIT's targets, updates in the null space of general keys (Fang et al. 2025)",
    engineVersion: engineVersion, needsCovariance: true,
    settings: [
      MethodSetting(
        "null-space-threshold", .number(.above(0)), standard: "0.02",
        "eigenvalues of the mean second moment of general keys below this count as zero"),
      MethodSetting(
        "ridge", .number(.above(0)), standard: "10.0", "the weight of the update's own size"),
    ] + ResidualSpreading.settings,
    standardPlaces: ResidualSpreading.standardPlaces,
    makeEditor: { recipe, materials, base in
      try AlphaEdit(recipe, materials: materials, base: base)
    })
}

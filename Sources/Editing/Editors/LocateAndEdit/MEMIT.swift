package import LanguageModel
package import ModelStore
package import ObjectModel
import Tensors

/// MEMIT (Meng et al. 2023): mass-editing memory in a transformer.
///
/// Target vectors are spread over a few layers' down projections (``ResidualSpreading``); each takes
/// the least-squares update that weighs the batch's keys against those of general text,
///
///     ΔWᵀ = (w·C + KᵀK)⁻¹KᵀR
///
/// with `C` the mean of `kkᵀ` over a text (``KeyCovariance``). Batches follow each other: each starts
/// from the weights that the last one left.
package struct MEMIT: Editor {
  package static let engineVersion = 1

  package let recipe: Recipe
  private let spreading: ResidualSpreading
  /// `w·C`, decomposed.
  private let solvers: [ProjectionPlace: CholeskySolver]

  /// - Throws: as ``MethodValues/init(_:of:for:)``, ``EditingError/unsuitableModules(method:wanted:)``,
  ///   ``EditingError/noCovariance(method:)``, ``EditingError/missingCovariance(place:)``,
  ///   ``EditingError/singularSystem(module:)`` where too few keys were seen to fill the space.
  /// - Complexity: O(layers·in³).
  init(_ recipe: Recipe, materials: EditorCatalogue.Materials, base: Decoder) throws {
    let values = try MethodValues(recipe, of: Self.description, for: base.shape)
    self.recipe = recipe
    spreading = try ResidualSpreading(
      values, method: Self.description.name, encoding: materials.encoding)
    guard let covariance = try materials.covariance?.read() else {
      throw EditingError.noCovariance(method: Self.description.name)
    }
    let weight = try values.number("covariance-weight")
    var solvers: [ProjectionPlace: CholeskySolver] = [:]
    for place in values.places {
      try Task.checkCancellation()
      var matrix = try covariance.moments(at: place.keyPlace, size: base.shape.intermediate).mean
      for index in matrix.elements.indices { matrix.elements[index] *= weight }
      guard let solver = CholeskySolver(matrix, compute: base.compute) else {
        throw EditingError.singularSystem(module: place.weightName)
      }
      solvers[place] = solver
    }
    self.solvers = solvers
  }

  package var readsCovariance: Bool { true }
  package var reads: EditingStateParts { [] }

  package func edit(
    _ batch: [TokenizedEdit], decoder: Decoder, weights: EditedWeights, state: EditingState
  ) throws -> EditOutcome {
    try spreading.edit(batch, decoder: decoder, weights: weights) { place, keys in
      guard let solver = solvers[place] else {
        throw EditingError.missingCovariance(place: place.keyPlace.name)
      }
      let keys = DoubleMatrix(keys)
      return (keys, solver.solve(keys.transposed).transposed)
    }
  }
}

extension MEMIT {
  /// The method as the catalogue lists it.
  package static let description: EditingMethod = EditingMethod(
    name: "memit",
    summary: "target vectors spread over a few layers' down projections (Meng et al. 2023)",
    engineVersion: engineVersion, needsCovariance: true,
    settings: [
      MethodSetting(
        "covariance-weight", .number(.above(0)), standard: "1000.0",
        "the weight of the mean second moment of general keys")
    ] + ResidualSpreading.settings,
    standardPlaces: ResidualSpreading.standardPlaces,
    makeEditor: { recipe, materials, base in
      try MEMIT(recipe, materials: materials, base: base)
    })
}

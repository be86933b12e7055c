package import ModelFiles
internal import Tensors

extension DecoderShape {
  /// The shape that a model's configuration tells.
  ///
  /// - Throws: ``LanguageModelError/unsupportedArchitecture(_:)`` and
  ///   ``LanguageModelError/unsupportedFeature(_:)``.
  package init(_ configuration: ModelConfiguration) throws {
    guard configuration.architecture.isSupported else {
      throw LanguageModelError.unsupportedArchitecture(configuration.architecture.rawValue)
    }
    guard configuration.activation == .silu else {
      throw LanguageModelError.unsupportedFeature("an activation other than silu")
    }
    guard !configuration.hasAttentionBias, !configuration.hasMLPBias else {
      throw LanguageModelError.unsupportedFeature("biases")
    }
    self.init(
      layers: configuration.layerCount, hidden: configuration.hiddenSize,
      intermediate: configuration.intermediateSize, queryHeads: configuration.headCount,
      keyValueHeads: configuration.keyValueHeadCount, headSize: configuration.headDimension,
      vocabulary: configuration.vocabularySize, normEpsilon: Float(configuration.normEpsilon),
      inverseFrequencies: Self.scaled(
        Self.rotaryFrequencies(
          theta: configuration.ropeTheta, headSize: configuration.headDimension),
        by: configuration.ropeScaling),
      slidingWindow: configuration.slidingWindow, maximumPositions: configuration.maxPositions,
      tiedEmbedding: configuration.tiesEmbeddings)
    // Beyond this domain sine and cosine are not what they promise to be.
    guard
      inverseFrequencies.allSatisfy({ frequency in
        frequency.isFinite && Double(frequency) * Double(maximumPositions) <= 1e6
      })
    else { throw LanguageModelError.unsupportedFeature("rotary angles beyond 1000000") }
  }

  /// Llama 3's scaling: long wavelengths are stretched by a factor, short ones kept, and those
  /// between interpolated.
  private static func scaled(_ frequencies: [Float], by scaling: RopeScaling) -> [Float] {
    guard case .llama3(let factor, let low, let high, let positions) = scaling else {
      return frequencies
    }
    return frequencies.map { frequency in
      let wavelength = 2 * Double.pi / Double(frequency)
      if wavelength < Double(positions) / high { return frequency }
      if wavelength > Double(positions) / low { return Float(Double(frequency) / factor) }
      let share = (Double(positions) / wavelength - low) / (high - low)
      return Float((1 - share) * Double(frequency) / factor + share * Double(frequency))
    }
  }
}

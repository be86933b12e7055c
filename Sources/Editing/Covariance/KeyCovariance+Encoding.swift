package import LanguageModel

/// The stored form of covariances: a file for each place, named `<layer>.<input>`, and one for each matrix
/// whose output gradients were measured, named `<weight>.gradient`.
extension KeyCovariance {
  /// The name that the file of a place has.
  package static func fileName(of place: KeyPlace) -> String { place.name }

  /// The name that the file of a matrix's output gradients has.
  package static func fileName(ofGradientsAt place: ProjectionPlace) -> String {
    place.weightName + gradientSuffix
  }

  private static let gradientSuffix = ".gradient"

  /// The files, in the order of their names. Each is encoded when it is looked at: all of them would take
  /// half as much room again as the covariances.
  package var encodedFiles: some RandomAccessCollection<(name: String, bytes: [UInt8])> {
    let keys = moments.map { (name: Self.fileName(of: $0), moments: $1) }
    let outputs = gradients.map { (name: Self.fileName(ofGradientsAt: $0), moments: $1) }
    return (keys + outputs).sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
      .lazy.map { ($0.name, $0.moments.encoded) }
  }

  /// - Throws: ``EditingError/badCovariance`` when a name, a length or a number is not of the form.
  package init(encodedFiles: [(name: String, bytes: [UInt8])]) throws {
    var moments: [KeyPlace: SecondMoments] = [:]
    var gradients: [ProjectionPlace: SecondMoments] = [:]
    for file in encodedFiles {
      if let place = KeyPlace(name: file.name) {
        moments[place] = try SecondMoments(encoded: file.bytes)
      } else if let place = Self.place(ofGradients: file.name) {
        gradients[place] = try SecondMoments(encoded: file.bytes)
      } else {
        throw EditingError.badCovariance
      }
    }
    self.init(moments, gradients: gradients)
  }

  /// Whether a file of this name has the gradients of a matrix.
  package static func isFileOfGradients(_ name: String) -> Bool { place(ofGradients: name) != nil }

  /// The matrix whose output gradients a file of a name has.
  private static func place(ofGradients name: String) -> ProjectionPlace? {
    guard name.hasSuffix(gradientSuffix),
      let place = ProjectionPlace(weightName: String(name.dropLast(gradientSuffix.count))),
      fileName(ofGradientsAt: place) == name
    else { return nil }
    return place
  }
}

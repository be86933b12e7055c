/// Where an editor gets a covariance from. One of many layers takes more memory than all weights that are edited,
/// so that editors read it when they need it and keep what they make of it.
package struct CovarianceSource: Sendable {
  /// Gives the same covariance every time.
  ///
  /// - Throws: what reading it throws.
  package let read: @Sendable () throws -> KeyCovariance

  package init(reading read: @escaping @Sendable () throws -> KeyCovariance) {
    self.read = read
  }

  /// Of a covariance that is at hand.
  package init(_ covariance: KeyCovariance) {
    self.init { covariance }
  }
}

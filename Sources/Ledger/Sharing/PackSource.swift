package import ObjectStore

/// Where things are to be had by their names, whatever references lead to them.
package protocol PackSource {
  /// Hands over packs with those of the things that there are, and perhaps with others.
  ///
  /// - Parameter take: called with each pack, and with the bytes of all of them together; 0 where they are
  ///   not known.
  /// - Throws: why the source cannot be read, or not to the end; what `take` throws.
  func packs(
    with items: Set<PackItem>, _ take: (_ pack: inout PackReader, _ total: Int) throws -> Void
  ) throws
}

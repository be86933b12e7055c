import ObjectModel
package import ObjectStore

extension Ledger {
  /// Puts back what a full check has found missing or damaged, as far as it is to be had elsewhere and is
  /// proven to be what is lacking; then checks again what the first check found fault with. Where pages are
  /// damaged nothing is done.
  ///
  /// What a source has given is kept where the mending breaks off, and used by the next.
  ///
  /// - Parameters:
  ///   - found: what a full check of this ledger has found.
  ///   - sources: asked one after the other, each for what is still lacking.
  ///   - progress: called with the bytes of packs that came from a source, and those that there are to come;
  ///     0 where they are not known.
  ///   - failed: called with what a source throws, after what it gave before has been put back; where it
  ///     returns, the next one is asked.
  /// - Returns: what was done, and what a full check would find now.
  /// - Throws: ``ObjectStoreError``, what `progress` and `failed` throw.
  package func mend(
    _ found: LedgerReport, from sources: [any PackSource], progress: TransferProgress,
    failed: (any Error) throws -> Void = { throw $0 }
  ) throws -> (MendingReport, LedgerReport) {
    guard !found.store.hasPageFaults else { return (MendingReport(), found) }
    let stage = try MendingStage(for: store)
    var mender = StoreMender(store, faults: found.store.faults, stage: stage)
    func putBack() throws { try mender.putBack { _ in try Task.checkCancellation() } }
    // What an earlier mending was given.
    try putBack()
    for source in sources {
      var asked: Set<PackItem> = []
      var wasRefused = false
      // What was put back may name more that is lacking.
      while case let missing = try mender.missing().subtracting(asked), !missing.isEmpty {
        do {
          var before = 0
          try source.packs(with: missing) { reader, total in
            try stage.take(&reader, wanted: missing) { try progress(before + $0, total) }
            before += reader.byteCount
          }
        } catch let error where !(error is CancellationError) {
          try putBack()
          try failed(error)
          break
        }
        asked.formUnion(missing)
        let refused = mender.report.refused.count
        try putBack()
        // Sound parts go with the forged part of an earlier source that they were put together with.
        if !wasRefused, mender.report.refused.count > refused {
          asked = []
          wasRefused = true
        }
      }
    }
    try mender.dropUseless(found.store.faults)
    // What lacks only its other parts waits for a place that has them.
    if try !mender.hasUnprovenParts() { stage.remove() }
    // The blobs of objects that could not be read were not looked at.
    let suspects = try suspects(among: found.store.faults, restored: mender.report.mended)
    var now = try check(hashing: .chunks(suspects))
    now.store.bytesHashed += found.store.bytesHashed
    now.store.resumed = found.store.resumed
    if now.store.isSound { store.forgetInterruptedCheck() }
    return (mender.report, now)
  }

  /// The chunks whose bytes have to be looked at again: those that were at fault, and those of blobs that
  /// were at fault or are named again.
  private func suspects(
    among faults: [StoreFault], restored: [StoredItem]
  ) throws -> Set<ChunkID> {
    var (chunks, objects): (Set<ChunkID>, [StoredItem]) = ([], restored)
    for fault in faults {
      if case .chunk(let id) = fault.item { chunks.insert(id) }
      if case .blobMismatch = fault.problem { objects.append(fault.item) }
    }
    let snapshot = try store.snapshot()
    for case .object(let type, let id) in objects {
      guard let links = try? ObjectInspection.links(of: id, type: type, in: snapshot) else {
        continue
      }
      chunks.formUnion(links.blobs.flatMap(\.chunks))
    }
    return chunks
  }
}

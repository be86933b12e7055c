import Ledger
import ObjectStore
import Tensors

/// What a store can be made of.
enum CloneSource {
  case bundle(String)
  case remote(RemoteLocation, any RemoteStore, RemoteListing)

  /// Makes sure that there is something to make a store of, before one is made.
  ///
  /// - Parameters:
  ///   - text: the path of a bundle, or where a store is.
  ///   - program: what `rledit` is called on another machine, where that is not known otherwise.
  /// - Throws: `SharingError`, `PackError`, `ObjectStoreError`, `ModelFileError`, ``RemoteFailure``,
  ///   ``CommandError``.
  init(_ text: String, program: String?, compute: Compute) throws {
    let location = try RemoteLocation(text)
    if location.bundlePath != nil {
      self = .bundle(text)
      try BundleInput.requireBundle(text)
      return
    }
    let store = try OtherStore.connect(to: location, program: program, compute: compute)
    let listing = try store.listing()
    guard !listing.references.isEmpty else {
      throw CommandError.nothingThere(location: location.text)
    }
    self = .remote(location, store, listing)
  }

  /// The location of the other store; `nil` for a bundle.
  var location: String? {
    guard case .remote(let location, _, _) = self else { return nil }
    return location.text
  }

  /// Takes everything over into a new store.
  ///
  /// - Throws: `SharingError`, `PackError`, `LedgerError`, `ObjectStoreError`, `ModelFileError`,
  ///   ``RemoteFailure``.
  func fill(_ repository: Repository, on terminal: Terminal) throws -> [TakenReference] {
    switch self {
    case .bundle(let path):
      return try BundleInput(path, on: terminal).read("reading") {
        try repository.ledger.unbundle(&$0, from: nil, repository.context(), progress: $1)
      }.references
    case .remote(_, let store, let listing):
      let bar = ProgressBar("cloning", unit: .bytes, on: terminal)
      defer { bar.finish() }
      return try repository.ledger.fetch(
        from: store, listing, as: nil, tracking: Remote.standardName, repository.context(),
        progress: bar.carry
      ).references
    }
  }
}

import Ledger
import ObjectStore

/// Where a store is mended from: a remote, a location, or a bundle.
enum MendingPlace {
  case atHand(any PackSource)
  /// Over a line, which had better not be opened before a long check.
  case remote(Remote)

  /// Finds the place, and looks at one on this machine, so that one that is none is told before a long check.
  ///
  /// - Throws: `LedgerError`, `ObjectStoreError`, `PackError`, `SharingError`, `ModelFileError`,
  ///   ``CommandError``.
  init(_ text: String, for repository: Repository) throws {
    let remote = try OtherStore.find(text, in: repository.ledger.view())
    let location = try RemoteLocation(remote.location)
    if let path = location.bundlePath {
      try BundleInput.requireBundle(path)
      self = .atHand(BundleSource(path: path))
    } else if case .directory = location {
      self = .atHand(try OtherStore(remote, program: nil, for: repository).store)
    } else {
      self = .remote(remote)
    }
  }

  /// - Parameter program: what `rledit` is called on another machine, where that is not known otherwise.
  func source(program: String?, for repository: Repository) -> any PackSource {
    switch self {
    case .atHand(let source): source
    case .remote(let remote):
      RemoteSource(remote: remote, program: program, repository: repository)
    }
  }
}

/// A store over a line, which is opened when something of it is wanted.
private struct RemoteSource: PackSource {
  let remote: Remote
  let program: String?
  let repository: Repository

  func packs(
    with items: Set<PackItem>, _ take: (_ pack: inout PackReader, _ total: Int) throws -> Void
  ) throws {
    try OtherStore(remote, program: program, for: repository).store.packs(with: items, take)
  }
}

/// A bundle, read anew each time that something of it is wanted.
private struct BundleSource: PackSource {
  let path: String

  func packs(
    with items: Set<PackItem>, _ take: (_ pack: inout PackReader, _ total: Int) throws -> Void
  ) throws {
    let input = try InputFile(path: path)
    var reader = try PackReader(read: input.read)
    _ = try Ledger.bundleHeader(&reader)
    try take(&reader, input.byteCount)
  }
}

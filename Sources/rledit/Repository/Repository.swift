import Glibc
import Ledger
import ModelStore
import ObjectModel
import ObjectStore
import Tensors

/// A store opened for one run of the program, with everything that verbs work with.
struct Repository: Sendable {
  /// The store's directory.
  let path: String
  let store: ObjectStore
  let ledger: Ledger
  let compute: Compute
  /// Derives weights; it keeps the last state it derived.
  let materializer: Materializer
  let author: String
  let hooks: Hooks

  /// Opens the store of the command line.
  ///
  /// - Throws: ``CommandError``, `ObjectStoreError`, `TensorError`.
  static func open(_ options: GlobalOptions) throws -> Repository {
    let path = try StoreLocation.find(options.store)
    return Repository(
      store: try .open(at: path), compute: try options.compute(), signing: options.signingKeyFile)
  }

  /// - Parameter signing: the key that new commits are signed with.
  init(store: ObjectStore, compute: Compute, signing: SigningKeyFile?) {
    path = store.path
    self.store = store
    self.compute = compute
    materializer = Materializer(store: store, compute: compute)
    hooks = Hooks(store: store.path)
    ledger = Ledger(store: store, stateDeriver: materializer, gate: hooks, signing: signing)
    author = Author.current
  }

  /// Whom the user trusts, where no verb's option says otherwise.
  var signers: AllowedSignersFile { AllowedSignersFile(store: path) }

  /// What the operation log is to say of a change made now.
  func context() -> OperationContext {
    OperationContext(
      command: CommandText.text(of: Array(CommandLine.arguments.dropFirst())), author: author,
      time: Int(time(nil)))
  }

  /// The commit that `revision` names, or the current one.
  ///
  /// - Throws: ``CommandError/rangeNotAllowed(_:)``, `LedgerError`, `ObjectStoreError`.
  func resolve(_ revision: String?, in view: LedgerView) throws -> ResolvedCommit {
    guard let revision else { return try ResolvedCommit(view.headCommit(), in: view) }
    guard try view.resolveRange(revision) == nil else {
      throw CommandError.rangeNotAllowed(revision)
    }
    return try ResolvedCommit(view.resolve(revision), in: view)
  }
}

import Ledger
import ObjectModel

/// `rledit verify --signatures`
struct SignatureVerification {
  let repository: Repository
  let trust: TrustOptions

  /// Judges the signatures of a history.
  ///
  /// - Parameters:
  ///   - revision: a commit, for all that leads to it, or a range; by default `HEAD`.
  ///   - all: whether to start from every branch, tag, material and branch of another store instead.
  /// - Throws: ``KeyFileError``, `LedgerError`, `ObjectStoreError`.
  func report(of revision: String?, all: Bool, on terminal: Terminal) throws -> SignaturesReport {
    let view = try repository.ledger.view()
    var (included, excluded): ([CommitID], [CommitID]) = ([], [])
    if all {
      included = try view.everyCommitReferred()
    } else if let revision, let range = try view.resolveRange(revision) {
      (included, excluded) = ([range.included], [range.excluded])
    } else {
      included = [try repository.resolve(revision, in: view).id]
    }
    let file = AllowedSignersFile(trust.allowedSigners, store: repository.path)
    let bar = ProgressBar("judging", unit: .items("signatures"), on: terminal)
    defer { bar.finish() }
    var findings: [SignatureFinding] = []
    try view.judgeSignatures(from: included, excluding: excluded, trusting: file.read()) {
      try Task.checkCancellation()
      findings.append($0)
      bar.update(findings.count, of: 0)
    }
    return SignaturesReport(findings, allowedSigners: file.path)
  }
}

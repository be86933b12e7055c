import Ledger
import ObjectStore

/// What to do about the faults that a check has found.
struct FsckHint {
  let text: String

  /// - Parameters:
  ///   - isFull: whether everything has been hashed, which need not be done again then.
  ///   - wasMended: whether what is left has been asked for elsewhere.
  ///   - remotes: the other stores known here, as far as that could be read.
  init(_ found: LedgerReport, isFull: Bool, wasMended: Bool, remotes: [Remote]) {
    let names = remotes.map(\.name).joined(separator: ", ")
    let others = Self.others(found, isFull: isFull)
    if found.store.hasPageFaults {
      let place = remotes.first?.location ?? "PLACE"
      text =
        "its pages cannot be mended in place: 'rledit clone \(ShellText.word(place)) NEW-DIRECTORY' makes it "
        + "anew from \(remotes.isEmpty ? "another store or a bundle" : "there"); keep this one for what "
        + "was never pushed"
    } else if found.faults.contains(where: \.isMendable) {
      let sources =
        remotes.isEmpty ? "another store or a bundle that has it" : "it (remotes: \(names))"
      text =
        wasMended
        ? "what is left was not there, or not all that proves it: give another place, with these or after them; "
          + others
        : "'rledit fsck \(isFull ? "--resume " : "")--mend-from \(remotes.first?.name ?? "PLACE")' gets what is lacking from \(sources); "
          + others
    } else if found.faults.allSatisfy(\.isOfDerived) {
      text = "'rledit snapshot drop' takes them out; what they save is derived again"
    } else {
      text = "fetch the store again from a copy; \(others)"
    }
  }

  /// What is known of the commits that no fault touches.
  private static func others(_ found: LedgerReport, isFull: Bool) -> String {
    guard isFull else { return "whether other commits are sound, --full tells" }
    return found.faults.contains { $0.commits.count > FsckReport.commitsShown }
      ? "commits that no fault touches are sound; --json lists all that are touched"
      : "commits not listed are untouched"
  }
}

extension LedgerFault {
  /// Whether another store, or a bundle, may have what is at fault.
  var isMendable: Bool {
    if case .store(let fault, _) = self { fault.isMendable } else { false }
  }

  /// Whether it is of something that can be derived again.
  fileprivate var isOfDerived: Bool {
    guard case .store(let fault, _) = self else { return false }
    return switch fault.item {
    case .stateSnapshot, .derivedRecord, .property(Database.snapshots.rawValue): true
    default: false
    }
  }
}

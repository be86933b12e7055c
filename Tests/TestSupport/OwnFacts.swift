import Foundation

/// The paths of the edit records and the text under `tools/facts`.
package enum OwnFacts {
  private static let directory = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("tools/facts").path

  /// The records that the demo edits.
  package static let demo = "\(directory)/demo.jsonl"
  /// The records that settings are chosen on.
  package static let tuning = "\(directory)/tuning.jsonl"
  /// The text that perplexity is measured on.
  package static let fixedText = "\(directory)/fixed-text.txt"
}

import ArgumentParser

/// What to do about records that edit one fact to different targets.
enum ConflictPolicy: String, ExpressibleByArgument, CaseIterable {
  /// Tell, and edit all of them in the order of the file.
  case warn
  /// Tell, and edit nothing.
  case refuse
}

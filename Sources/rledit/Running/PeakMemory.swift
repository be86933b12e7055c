import Glibc

/// The most memory that this process has held at once.
enum PeakMemory {
  /// In bytes; pages of files that were mapped and read count, too.
  static var bytes: Int {
    var usage = rusage()
    return getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 ? usage.ru_maxrss * 1024 : 0
  }
}

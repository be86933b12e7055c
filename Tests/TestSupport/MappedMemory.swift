import Foundation

/// What of files this process has in memory.
package enum MappedMemory {
  package struct NotMapped: Error {
    package let path: String
  }

  /// Bytes of a mapped file that are in this process's memory, by what the kernel says.
  ///
  /// - Throws: ``NotMapped`` where the file is not mapped.
  package static func residentBytes(ofFile path: String) throws -> Int {
    // The file has no length, so that it is read to its end.
    let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: "/proc/self/smaps"))
    let text = String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
    var (total, isWanted, isMapped) = (0, false, false)
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      if words.first == "Rss:" {
        if isWanted { total += 1024 * (Int(words[1]) ?? 0) }
      } else if words.count > 5, words[0].contains("-") {
        // "from-to rights offset device inode path"
        isWanted = line.hasSuffix(path)
        isMapped = isMapped || isWanted
      } else if words[0].contains("-") {
        isWanted = false
      }
    }
    guard isMapped else { throw NotMapped(path: path) }
    return total
  }
}

import Foundation

/// Puts other bytes in the place of some, as often as they are in a file, without making the file anew:
/// whoever has it mapped sees the change.
package func replaceBytes(_ old: [UInt8], by new: [UInt8], in path: String) throws {
  precondition(old.count == new.count, "the file keeps its length")
  let url = URL(fileURLWithPath: path)
  let file = try Data(contentsOf: url)
  let handle = try FileHandle(forUpdating: url)
  defer { try? handle.close() }
  var start = file.startIndex
  var count = 0
  while let range = file.range(of: Data(old), in: start..<file.endIndex) {
    try handle.seek(toOffset: UInt64(range.lowerBound))
    try handle.write(contentsOf: Data(new))
    start = range.upperBound
    count += 1
  }
  guard count > 0 else { throw CocoaError(.fileReadCorruptFile) }
}

import ModelFiles
import TestSupport

/// Changes, removes or adds a few bytes, mostly among the first `limit`.
func mutate(_ bytes: inout [UInt8], within limit: Int, using generator: inout SeededGenerator) {
  for _ in 0..<Int.random(in: 1...4, using: &generator) {
    guard !bytes.isEmpty else { return }
    let reach = Bool.random(using: &generator) ? min(limit, bytes.count) : bytes.count
    let position = Int.random(in: 0..<reach, using: &generator)
    switch Int.random(in: 0..<6, using: &generator) {
    case 0: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
    case 1: bytes[position] = .random(in: 0...255, using: &generator)
    case 2: bytes[position] = [0, 0x7F, 0x80, 0xFF].randomElement(using: &generator) ?? 0
    case 3: bytes.remove(at: position)
    case 4: bytes.insert(.random(in: 0...255, using: &generator), at: position)
    default:
      if Int.random(in: 0..<4, using: &generator) == 0 {
        bytes.removeLast(bytes.count - position)
      }
    }
  }
}

/// What `open` gives, or `nil` where it refuses with a `ModelFileError`; another error is passed on
/// and fails the test.
func openOrRefuse<Value>(_ open: () throws -> Value) throws -> Value? {
  do {
    return try open()
  } catch is ModelFileError {
    return nil
  }
}

/// A string that is equal to another exactly where their UTF-8 bytes are.
///
/// Swift's own string equality is Unicode's canonical equivalence, under which `é` written as one
/// scalar equals `é` written as two. Names in files and entries of a vocabulary are bytes: both
/// spellings may stand side by side and mean different things.
package struct UTF8Key: Hashable, Sendable {
  package let string: String

  package init(_ string: String) {
    self.string = string
  }

  package static func == (left: UTF8Key, right: UTF8Key) -> Bool {
    left.string.utf8.elementsEqual(right.string.utf8)
  }

  package func hash(into hasher: inout Hasher) {
    let hashed: Void? = string.utf8.withContiguousStorageIfAvailable { bytes in
      hasher.combine(bytes: UnsafeRawBufferPointer(bytes))
    }
    if hashed == nil {
      Array(string.utf8).withUnsafeBytes { hasher.combine(bytes: $0) }
    }
    // Keeps a hash of several keys unambiguous: 0xFF occurs in no UTF-8.
    hasher.combine(0xFF as UInt8)
  }
}

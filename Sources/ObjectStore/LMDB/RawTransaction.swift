import CLMDB

/// Byte-level reads and writes through an LMDB transaction that someone else begins and ends.
struct RawTransaction {
  let environment: Environment
  let handle: OpaquePointer

  /// The bytes at `key`, in the map: valid until the transaction ends or, in a writing one, writes.
  func value(_ database: Database, _ key: [UInt8]) throws -> UnsafeRawBufferPointer? {
    let index = try environment.index(of: database)
    return try key.withMDBValue { key in
      var found = MDB_val()
      let code = PageDamage.reading { mdb_get(handle, index, &key, &found) }
      if code == MDB_NOTFOUND { return nil }
      try environment.require(code)
      return UnsafeRawBufferPointer(found)
    }
  }

  /// Writes `bytes` at `key`, over what was there.
  func put(_ database: Database, _ key: [UInt8], _ bytes: UnsafeRawBufferPointer) throws {
    let index = try environment.index(of: database)
    try key.withMDBValue { key in
      // RESERVE hands out the value's place in the new page, which saves LMDB a copy.
      var place = MDB_val(mv_size: bytes.count, mv_data: nil)
      try environment.require(mdb_put(handle, index, &key, &place, UInt32(MDB_RESERVE)))
      UnsafeMutableRawBufferPointer(start: place.mv_data, count: bytes.count)
        .copyMemory(from: bytes)
    }
  }

  /// Removes the entry at `key`, if there is one.
  func remove(_ database: Database, _ key: [UInt8]) throws {
    let index = try environment.index(of: database)
    try key.withMDBValue { key in
      let code = mdb_del(handle, index, &key, nil)
      if code != MDB_NOTFOUND { try environment.require(code) }
    }
  }

  /// Calls `body` with the entries in order of their keys, from the first that is not below `start`
  /// (or backwards from the last that is, of all where `start` is empty), until it gives `false`.
  func scan(
    _ database: Database, from start: [UInt8], backwards: Bool,
    _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) throws -> Bool
  ) throws {
    var cursor: OpaquePointer?
    try environment.require(
      mdb_cursor_open(handle, try environment.index(of: database), &cursor))
    defer { mdb_cursor_close(cursor) }
    try start.withMDBValue { seek in
      var key = seek
      var value = MDB_val()
      let first = !start.isEmpty ? MDB_SET_RANGE : backwards ? MDB_LAST : MDB_FIRST
      func move(_ operation: MDB_cursor_op) -> Int32 {
        PageDamage.reading { mdb_cursor_get(cursor, &key, &value, operation) }
      }
      var code = move(first)
      if backwards, !start.isEmpty { code = move(code == MDB_NOTFOUND ? MDB_LAST : MDB_PREV) }
      while code != MDB_NOTFOUND {
        try environment.require(code)
        guard try body(UnsafeRawBufferPointer(key), UnsafeRawBufferPointer(value)) else { return }
        code = move(backwards ? MDB_PREV : MDB_NEXT)
      }
    }
  }

  /// The number of the newest transaction that this one sees; of a writing one, its own. Each that
  /// changes something has the next number.
  var number: Int { Int(mdb_txn_id(handle)) }

  /// The number of entries.
  func count(_ database: Database) throws -> Int {
    var statistics = MDB_stat()
    try environment.require(
      mdb_stat(handle, try environment.index(of: database), &statistics))
    return statistics.ms_entries
  }
}

extension UnsafeRawBufferPointer {
  fileprivate init(_ value: MDB_val) {
    self.init(start: value.mv_data, count: value.mv_size)
  }
}

extension [UInt8] {
  /// Calls `body` with a value that points at these bytes. LMDB takes pointers to mutable memory but
  /// does not write to keys.
  fileprivate func withMDBValue<Result>(_ body: (inout MDB_val) throws -> Result) rethrows -> Result
  {
    try withUnsafeBytes { bytes in
      var value = MDB_val(
        mv_size: bytes.count, mv_data: UnsafeMutableRawPointer(mutating: bytes.baseAddress))
      return try body(&value)
    }
  }
}

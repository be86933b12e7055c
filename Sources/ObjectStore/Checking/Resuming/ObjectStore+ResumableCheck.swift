import Foundation

extension ObjectStore {
  /// Seconds for which an interrupted check may be gone on with: damage to what it hashed is not seen for as
  /// long.
  package static let checkLifetime = 7 * 86_400
  /// Bytes hashed between one record of a check's progress and the next; a kill costs no more.
  package static let checkRecordBytes = 128 << 20

  /// The full check that was interrupted, or has found faults, and can be gone on with; `nil` where there is
  /// none.
  ///
  /// - Parameter now: seconds since 1970.
  /// - Throws: ``UnusableCheck``, ``ObjectStoreError``.
  package func interruptedCheck(now: Int) throws -> CheckProgress? {
    guard let progress = try CheckRecord(of: self).read() else { return nil }
    let snapshot = try snapshot()
    guard try progress.file == fileNumber(), snapshot.number >= progress.transaction,
      try snapshot.checkRun() == progress.run
    else { throw UnusableCheck.ofAnotherFile }
    guard (0...Self.checkLifetime).contains(now - progress.begun) else {
      throw UnusableCheck.tooOld(begun: progress.begun)
    }
    return progress
  }

  /// Checks everything in the store and the bytes of all content, as ``check(hashing:progress:)``, and keeps
  /// how far it has come in a file beside the data, where that can be written. When it is done and has found no
  /// fault the file is gone; else it stays, so that what was sound need not be hashed again after mending.
  ///
  /// - Parameters:
  ///   - earlier: a check to go on with: what it has hashed is not hashed again, but for what it found fault
  ///     with. The report is that of a check from the beginning, but for the bytes hashed, and for damage to
  ///     what was hashed before.
  ///   - now: seconds since 1970.
  ///   - recordBytes: bytes hashed between one record and the next. Where the check ends before its end, what
  ///     it has done is recorded too, unless that is less than a record and would take the place of another.
  ///   - progress: called with the bytes hashed so far by this part.
  /// - Throws: as ``check(hashing:progress:)``.
  package func checkEverything(
    resuming earlier: CheckProgress?, now: Int, recordBytes: Int = checkRecordBytes,
    progress: (_ bytes: Int) throws -> Void = { _ in }
  ) throws -> StoreReport {
    let (snapshot, pageFaults) = try auditedSnapshot()
    let record = CheckRecord(of: self)
    var checker = StoreChecker(snapshot: snapshot, hashing: .everything, earlier: earlier)
    guard pageFaults.isEmpty else { return checker.finish(pageFaults) }
    let file = try fileNumber()
    // Drawn with the first record, so that until then an earlier check can be gone on with.
    var run = earlier?.run
    func keep(_ checker: StoreChecker) throws -> Bool {
      guard let name = try run ?? beginRun() else { return false }
      run = name
      let start = CheckProgress(
        run: name, file: file, transaction: snapshot.number, begun: earlier?.begun ?? now)
      return record.write(checker.progress(since: start))
    }
    // One that was interrupted is of more use than what this one has done so far.
    var isRecorded = try earlier != nil || !hasInterruptedCheck(now: now)
    var recordedBytes = 0
    do {
      try checker.run { checker in
        if checker.report.bytesHashed - recordedBytes >= recordBytes {
          recordedBytes = checker.report.bytesHashed
          if try keep(checker) { isRecorded = true }
        }
        try progress(checker.report.bytesHashed)
      }
    } catch {
      if isRecorded { _ = try? keep(checker) }
      throw error
    }
    let report = checker.finish()
    if report.isSound {
      record.remove()
      MendingStage.removeLeftovers(of: self)
    } else {
      _ = try keep(checker)
    }
    return report
  }

  /// Forgets the check that could be gone on with.
  package func forgetInterruptedCheck() {
    CheckRecord(of: self).remove()
  }

  private func hasInterruptedCheck(now: Int) throws -> Bool {
    do {
      return try interruptedCheck(now: now) != nil
    } catch is UnusableCheck {
      return false
    }
  }

  /// Draws what names a check by lot, and writes it into the store; `nil` where it cannot be written to, so that
  /// the check cannot be gone on with.
  private func beginRun() throws -> String? {
    let run = (0..<2).map { _ in String(UInt64.random(in: .min ... .max), radix: 16) }.joined()
    do {
      try write { try $0.setProperty(ReadSnapshot.checkRunProperty, to: run) }
      return run
    } catch is ObjectStoreError {
      return nil
    }
  }

  /// The number of the data file on its disk.
  private func fileNumber() throws -> UInt64 {
    let path = path + "/data.mdb"
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw ObjectStoreError.ioError(errno: errno, path: path)
    }
    return UInt64(status.st_ino)
  }
}

extension ReadSnapshot {
  fileprivate static let checkRunProperty = "check"

  /// What names the last full check that began here.
  fileprivate func checkRun() throws -> String? {
    try value(.properties, Array(Self.checkRunProperty.utf8)).map {
      String(decoding: $0, as: UTF8.self)
    }
  }
}

import Foundation

/// The first two pages of a store's file, each of which says where everything was after a transaction; the
/// newer one counts. LMDB believes them: it divides by the size of pages that they give, and takes the
/// higher number for the newer page, so that damage to a number would quietly take the store back.
enum RootPages {
  private static let attemptsBesideWriters = 50
  /// Where a root page has the size of pages.
  private static let pageSizeOffset = PageFormat.headerBytes + 24
  private static let versionOffset = PageFormat.headerBytes + 4
  private static let dataVersion: UInt32 = 1

  /// Refuses a file whose root pages contradict each other or themselves. One that is missing, that no
  /// transaction has been written to or that is of something else passes: LMDB knows what to do with it.
  ///
  /// - Throws: ``ObjectStoreError/malformed(_:reason:)``, ``ObjectStoreError/ioError(errno:path:)``.
  static func check(_ path: String) throws {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return }
    defer { close(file) }
    for attempt in 1... {
      do {
        return try checkOnce(file, path)
      } catch ObjectStoreError.malformed where attempt < attemptsBesideWriters {
        // A writer may have gone on between the two.
        usleep(1000)
      }
    }
  }

  private static func checkOnce(_ file: Int32, _ path: String) throws {
    let first = try read(file, 0, path)
    guard first.count == PageFormat.metaBytes else { return }
    let size = Int(first.number(at: pageSizeOffset) as UInt32)
    let isSize = size >= 512 && size <= 65536 && size & (size - 1) == 0
    // The second page is looked for where it is on this machine, should the first not know.
    let second = try read(file, isSize ? size : Int(sysconf(Int32(_SC_PAGESIZE))), path)
    guard second.count == PageFormat.metaBytes else { return }
    let pages = [first, second]
    let metas = pages.map { PageFormat.Meta(page: $0) }
    let known = metas.map { $0.magic == PageFormat.magic }
    // A creation that was cut off may have left anything.
    guard known.contains(true), zip(metas, known).contains(where: { $0.transaction > 0 && $1 })
    else { return }
    for (number, (page, meta)) in zip(pages, metas).enumerated() {
      guard known[number], page.number(at: versionOffset) == dataVersion,
        (page.number(at: 0) as UInt64) == UInt64(number),
        page.number(at: 10) == PageFormat.rootFlags
      else { throw damaged(number, "it does not say what it is") }
      guard isSize, page.number(at: pageSizeOffset) == UInt32(size) else {
        throw damaged(number, "it has another size of pages than the other one")
      }
      guard meta.free.flags == TreeAudit.integerKeys, meta.main.flags == 0 else {
        throw damaged(number, "it has flags that no store has")
      }
      guard meta.transaction == 0 || meta.transaction % 2 == UInt64(number) else {
        throw damaged(number, "its transaction belongs on the other one")
      }
    }
    let (older, newer) = (
      min(metas[0].transaction, metas[1].transaction),
      max(metas[0].transaction, metas[1].transaction)
    )
    guard newer - older == 1 else {
      throw damaged(
        metas[0].transaction > metas[1].transaction ? 0 : 1,
        "its transaction is not the one behind the other's")
    }
  }

  private static func damaged(_ page: Int, _ reason: String) -> ObjectStoreError {
    .malformed(.page(number: page, of: "the roots"), reason: reason)
  }

  private static func read(_ file: Int32, _ offset: Int, _ path: String) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: PageFormat.metaBytes)
    let count = pread(file, &bytes, bytes.count, offset)
    guard count >= 0 else { throw ObjectStoreError.ioError(errno: errno, path: path) }
    return Array(bytes.prefix(count))
  }
}

import Glibc
import ModelFiles
import TestSupport
import Testing

@Suite struct MappedFileTests {
  /// A linked model's manifest may name anything: a pipe must not be waited for.
  @Test func whatIsNoRegularFileIsRefusedAtOnce() throws {
    let directory = try TemporaryDirectory()
    let pipe = directory.path("pipe")
    #expect(mkfifo(pipe, 0o600) == 0)
    for path in [pipe, directory.path, "/dev/zero", directory.path("none")] {
      #expect(throws: ModelFileError.self) { try MappedFile(path: path) }
    }
  }
}

import Foundation
import Glibc
import TestSupport
import Testing

/// Readers that go away, terminals, and disks that are full.
@Suite struct OutputTests {
  @Test(arguments: ["log", "log --json", "help", "--help", "stat --tensors", "op log"])
  func aBrokenPipeIsSilent(_ arguments: String) throws {
    let place = try Workplace.withHistory(deltas: 1)
    // The reader is gone before the program writes.
    let result = try place.rledit.shell(
      "(sleep 0.2; rledit \(arguments); echo $? > status) | true; sleep 0.5; cat status")
    #expect(result.output == "3\n" && result.errors.isEmpty, "\(result.errors)")
  }

  @Test func aFullStandardOutputIsAnError() throws {
    let place = try Workplace.withHistory()
    let result = try place.rledit.shell("rledit log > /dev/full")
    #expect(result.status == 16 && result.errors.contains("standard output"), "\(result.errors)")
    // What was done before the output failed is done, and the error must not say otherwise.
    let tagged = try place.rledit.shell("rledit tag v1 > /dev/full")
    #expect(tagged.status == 16 && tagged.errors.contains("stays done"), "\(tagged.errors)")
    #expect(try place.succeed("tag").contains("v1"))
  }

  @Test func progressAndColourAreForTerminalsOnly() throws {
    let place = try Workplace()
    try place.succeed("init")
    let terminal = try PseudoTerminal()
    place.rledit.environment["TERM"] = "xterm"
    let imported = try place.rledit.start(
      ["import", Golden.path("archs/llama")], standardError: terminal.end
    ).wait()
    #expect(imported.status == 0)
    let progress = terminal.read()
    #expect(progress.contains("importing") && progress.contains("/s") && progress.contains("100 %"))
    #expect(!imported.output.contains("\u{1b}"))

    _ = try place.rledit.start(["log"], standardOutput: terminal.end).wait()
    #expect(terminal.read().contains("\u{1b}[33mcommit"))
    place.rledit.environment["NO_COLOR"] = "1"
    _ = try place.rledit.start(["log"], standardOutput: terminal.end).wait()
    let plain = terminal.read()
    #expect(plain.contains("commit") && !plain.contains("\u{1b}"))
    #expect(try place.succeed("log", "--color", "always").contains("\u{1b}[33mcommit"))
  }

  /// What runs out: a small file system for whoever may mount one, the length of files for everyone.
  static let limits = ["length"] + (geteuid() == 0 && canMount() ? ["disk"] : [])

  private static func canMount() -> Bool {
    guard let directory = try? TemporaryDirectory(),
      mount("tmpfs", directory.path, "tmpfs", 0, "size=1m") == 0
    else { return false }
    return umount(directory.path) == 0
  }

  @Test(arguments: limits)
  func aFullDiskEndsWithItsCodeAndAWholeStore(_ limit: String) throws {
    let place = try Workplace()
    try place.writeLargeModel("large.safetensors", tensors: 3)
    let small = place.path("small")
    try FileManager.default.createDirectory(atPath: small, withIntermediateDirectories: false)
    if limit == "disk" { #expect(mount("tmpfs", small, "tmpfs", 0, "size=24m") == 0) }
    defer { if limit == "disk" { umount(small) } }
    let confine = limit == "disk" ? "" : "trap '' XFSZ; ulimit -f 24000; "
    func rledit(_ arguments: String) throws -> CommandResult {
      try place.rledit.shell("\(confine)cd small && exec rledit \(arguments)")
    }
    #expect(try rledit("init").status == 0)
    let result = try rledit("import ../large.safetensors")
    #expect(result.status == 16, "\(result.errors)")
    #expect(result.errors.hasPrefix("rledit: no space left") && result.errors.contains("hint: "))
    #expect(try rledit("fsck --full").status == 0)
    #expect(try rledit("import \(Golden.path("archs/llama"))").status == 0)
    #expect(try rledit("verify").status == 0)
  }
}

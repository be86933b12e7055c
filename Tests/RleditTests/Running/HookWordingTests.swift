import Foundation
import TestSupport
import Testing

/// What is said of hooks that cannot be run.
@Suite struct HookWordingTests {
  @Test(arguments: [0o755, 0o644])
  func theHintIsForWhatIsWrong(_ mode: Int) throws {
    let place = try Workplace.withHistory()
    let hooks = place.path(".rledit/hooks")
    try FileManager.default.createDirectory(atPath: hooks, withIntermediateDirectories: true)
    try "#!/no/such/program\n".write(
      toFile: hooks + "/pre-commit", atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes(
      [.posixPermissions: mode], ofItemAtPath: hooks + "/pre-commit")
    try place.writeDelta("d.safetensors")
    let refused = try place.rledit("commit", "--delta", "d.safetensors", "-m", "d")
    #expect(refused.status == 2, "\(refused.errors)")
    #expect(refused.errors.contains("chmod +x") == (mode == 0o644), "\(refused.errors)")
    #expect(refused.errors.contains("its first line") == (mode == 0o755), "\(refused.errors)")
  }
}

import FuzzTargets
import Glibc

// libFuzzer's entry points (https://llvm.org/docs/LibFuzzer.html); it brings `main` itself.

private let target: FuzzTarget = {
  guard let name = getenv("RLEDIT_FUZZ_TARGET"),
    let target = FuzzTarget(rawValue: String(cString: name))
  else {
    let names = FuzzTarget.allCases.map(\.rawValue).joined(separator: ", ")
    fatalError("RLEDIT_FUZZ_TARGET has to be one of \(names)")
  }
  return target
}()

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  target.run(Array(UnsafeBufferPointer(start: start, count: count)))
  return 0
}

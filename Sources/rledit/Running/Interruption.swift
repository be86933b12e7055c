import Dispatch
import Glibc
import Synchronization

/// SIGINT and SIGTERM. The first asks the work to end at the next point where that is possible; a
/// second one ends the program at once, which costs nothing but the unfinished step: the store takes
/// changes wholly or not at all.
struct Interruption {
  private let sources: [any DispatchSourceSignal]

  init(cancel: @escaping @Sendable () -> Void) {
    let queue = DispatchQueue(label: "interruption")
    let arrivals = Arrivals()
    sources = [SIGINT, SIGTERM].map { number in
      // The source sees the signal only where its default action is off.
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler {
        if arrivals.isFirst() {
          cancel()
          if StandardError.isTerminal {
            StandardError.write("\r\u{1b}[Kinterrupting; once more to stop at once\n")
          }
        } else {
          StandardError.write("rledit: interrupted; nothing is half done\n")
          _exit(ExitStatus.interrupted.rawValue)
        }
      }
      source.resume()
      return source
    }
  }

  func stop() {
    for source in sources { source.cancel() }
  }
}

/// Tells the first signal from later ones.
private final class Arrivals: Sendable {
  private let count = Mutex(0)

  func isFirst() -> Bool {
    count.withLock { count in
      count += 1
      return count == 1
    }
  }
}

import Glibc
import Synchronization

/// How far a long step has come, with its rate and the time left, on one line of standard error. Silent
/// where nobody watches.
///
/// The line is wiped by ``finish()``, which a `defer` should call so that an error does too.
final class ProgressBar: Sendable {
  /// What is counted.
  enum Unit: Sendable {
    case bytes
    /// Things of that plural noun.
    case items(String)
  }

  private struct State {
    var lastDrawn: ContinuousClock.Instant?
    var isDrawn = false
    /// What was done before, and when that was.
    var base = 0
    var start = ContinuousClock.now
  }

  private static let interval = Duration.milliseconds(100)
  private static let barWidth = 24

  private let title: String
  private let unit: Unit
  private let isShown: Bool
  private let state = Mutex(State())

  init(_ title: String, unit: Unit, on terminal: Terminal) {
    self.title = title
    self.unit = unit
    isShown = terminal.showsProgress
  }

  /// Goes on from what was done before, which tells nothing of the rate.
  func resume(at done: Int) {
    state.withLock { state in
      state.base = done
      state.start = .now
    }
  }

  /// Tells how far things are. `total` is 0 where that is not known.
  func update(_ done: Int, of total: Int, detail: String = "") {
    guard isShown else { return }
    state.withLock { state in
      let now = ContinuousClock.now
      if let last = state.lastDrawn, now - last < Self.interval, done < total { return }
      state.lastDrawn = now
      state.isDrawn = true
      let seconds = (now - state.start) / .seconds(1)
      let rate = seconds > 0 ? Double(done - state.base) / seconds : 0
      let room = Self.columns - 1
      // Words before pictures.
      var text = line(done, of: total, rate: rate, detail: detail, withBar: true)
      if text.count > room {
        text = line(done, of: total, rate: rate, detail: detail, withBar: false)
      }
      StandardError.write("\r\(text.prefix(room))\u{1b}[K")
    }
  }

  /// Wipes the line.
  func finish() {
    state.withLock { state in
      if state.isDrawn { StandardError.write("\r\u{1b}[K") }
      state.isDrawn = false
    }
  }

  private func line(
    _ done: Int, of total: Int, rate: Double, detail: String, withBar: Bool
  ) -> String {
    var parts = [title]
    if total > 0 {
      let share = min(1, Double(done) / Double(total))
      let filled = Int(share * Double(Self.barWidth))
      let bar =
        String(repeating: "#", count: filled)
        + String(repeating: ".", count: Self.barWidth - filled)
      parts.append((withBar ? "[\(bar)] " : "") + "\(Int(share * 100)) %")
    }
    switch unit {
    case .bytes:
      parts.append(
        (total > 0 ? "\(Quantity.bytes(done)) of \(Quantity.bytes(total))" : Quantity.bytes(done))
          + ", \(Quantity.bytes(rate))/s")
    case .items(let noun):
      parts.append(
        (total > 0 ? "\(done) of \(total) \(noun)" : "\(done) \(noun)")
          + ", \(Quantity.measured(rate))/s")
    }
    if total > done, rate > 0 {
      parts.append("\(Quantity.seconds(Double(total - done) / rate)) left")
    }
    if !detail.isEmpty { parts.append(detail) }
    return parts.joined(separator: "  ")
  }

  /// The width of the terminal.
  private static var columns: Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 8 else { return 80 }
    return Int(size.ws_col)
  }
}

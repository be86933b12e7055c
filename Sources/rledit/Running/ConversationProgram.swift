import Glibc
import SystemPackage

/// A program that this one talks with over its standard input and output. It stays in the foreground
/// with this one, so that it can ask its user for a password.
final class ConversationProgram {
  let channel: DescriptorChannel
  private var process: pid_t = 0
  private let toProgram: FileDescriptor
  private let fromProgram: FileDescriptor
  private var isOpen = true
  private var isRunning = false

  private static let waitMicroseconds: UInt32 = 5000
  /// How often to look whether it has ended, before it is told to.
  private static let patience = 400

  /// How a program ended: its exit code, or the signal that ended it.
  enum Ending: Equatable {
    case exit(Int32)
    case signal(Int32)
  }

  /// - Parameters:
  ///   - words: the program, looked for in `PATH`, and its arguments.
  ///   - errors: what becomes of its standard error; by default this program's.
  /// - Throws: `Errno` where it cannot be started.
  init(_ words: [String], errors: FileDescriptor = .standardError) throws {
    let (childInput, toProgram) = try Self.pipe()
    let (fromProgram, childOutput) = try Self.pipe()
    defer {
      try? childInput.close()
      try? childOutput.close()
    }
    self.toProgram = toProgram
    self.fromProgram = fromProgram
    for end in [toProgram, fromProgram] { _ = fcntl(end.rawValue, F_SETFL, O_NONBLOCK) }
    channel = DescriptorChannel(input: fromProgram.rawValue, output: toProgram.rawValue)
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, childInput.rawValue, STDIN_FILENO)
    posix_spawn_file_actions_adddup2(&actions, childOutput.rawValue, STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, errors.rawValue, STDERR_FILENO)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // This program ignores them, and its threads of work keep all signals from themselves; what it starts
    // would do so too.
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGINT, SIGTERM, SIGPIPE] { sigaddset(&signals, number) }
    posix_spawnattr_setsigdefault(&attributes, &signals)
    var noSignals = sigset_t()
    sigemptyset(&noSignals)
    posix_spawnattr_setsigmask(&attributes, &noSignals)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
    var arguments = words.map { strdup($0) }
    arguments.append(nil)
    defer { for argument in arguments { free(argument) } }
    let result = posix_spawnp(&process, words[0], &actions, &attributes, arguments, environ)
    guard result == 0 else {
      close()
      throw Errno(rawValue: result)
    }
    isRunning = true
  }

  deinit {
    if isRunning { _ = end() }
  }

  /// Closes the line and waits for the program's end, which is brought about where it does not come by
  /// itself.
  func end() -> Ending {
    close()
    isRunning = false
    var status: Int32 = 0
    for attempt in 0... {
      let result = waitpid(process, &status, WNOHANG)
      if result == process || result < 0 && errno != EINTR { break }
      if attempt == Self.patience { kill(process, SIGTERM) }
      if attempt == 2 * Self.patience { kill(process, SIGKILL) }
      usleep(Self.waitMicroseconds)
    }
    // The macros of <sys/wait.h>, which Swift does not see.
    let signal = status & 0x7f
    return signal == 0 ? .exit(status >> 8 & 0xff) : .signal(signal)
  }

  private func close() {
    guard isOpen else { return }
    isOpen = false
    try? toProgram.close()
    try? fromProgram.close()
  }

  private static func pipe() throws -> (read: FileDescriptor, write: FileDescriptor) {
    let (read, write) = try FileDescriptor.pipe()
    // Other programs that are started meanwhile must not hold an end open.
    for end in [read, write] { _ = fcntl(end.rawValue, F_SETFD, FD_CLOEXEC) }
    return (read, write)
  }
}

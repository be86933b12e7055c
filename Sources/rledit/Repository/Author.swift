import Glibc

/// Who makes commits.
enum Author {
  /// `RLEDIT_AUTHOR`, else the login name at this machine's name.
  static var current: String {
    if let author = Environment.value("RLEDIT_AUTHOR") { return author }
    return "\(userName)@\(hostName)"
  }

  private static var userName: String {
    if let name = Environment.value("USER") { return name }
    guard let entry = getpwuid(getuid()), let name = entry.pointee.pw_name else {
      return String(getuid())
    }
    return String(cString: name)
  }

  private static var hostName: String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
    return String(
      decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

/// `-5` for `-n 5` in verbs that list, which the parser of command lines takes for an option of that name.
enum CountShorthand {
  private static let verbs = [["log"], ["reflog"], ["op", "log"]]
  private static let globalOptionsWithValues = [
    "-C", "--store", "--threads", "--signing-key", "--color",
  ]

  /// The arguments with such counts written out.
  static func expanded(_ arguments: [String]) -> [String] {
    let start = verbIndex(in: arguments)
    let rest = arguments[start...]
    guard verbs.contains(where: { rest.starts(with: $0) }) else { return arguments }
    let end = rest.firstIndex(of: "--") ?? arguments.endIndex
    let counted = rest[..<end].flatMap { isCount($0) ? ["-n", String($0.dropFirst())] : [$0] }
    return Array(arguments[..<start]) + counted + Array(arguments[end...])
  }

  private static func verbIndex(in arguments: [String]) -> Int {
    var index = 0
    while index < arguments.count, arguments[index].hasPrefix("-") {
      index += globalOptionsWithValues.contains(arguments[index]) ? 2 : 1
    }
    return min(index, arguments.count)
  }

  private static func isCount(_ argument: String) -> Bool {
    argument.utf8.count > 1 && argument.hasPrefix("-")
      && argument.utf8.dropFirst().allSatisfy { (48...57).contains($0) }
  }
}

import ArgumentParser

/// Errors of the parser of command lines, and its requests for help.
enum UsageFailure {
  /// Whether the parser has thrown this: its requests for help come up when a verb is run.
  static func isParserError(_ error: any Error) -> Bool {
    error is ValidationError || Rledit.exitCode(for: error) == .success
  }

  /// Prints what was asked for (help, completions, the version), or throws what was wrong.
  ///
  /// - Throws: ``CommandError/usage(_:hint:)``, ``CommandError/brokenPipe``.
  static func handle(_ error: any Error, arguments: [String]) throws {
    if Rledit.exitCode(for: error) == .success {
      try StandardOutput.shared.write(Rledit.fullMessage(for: error) + "\n")
      return try StandardOutput.shared.flush()
    }
    if let unknown = unknownVerb(in: arguments) {
      throw CommandError.usage(
        "there is no verb \(Wording.quoted(unknown))",
        hint: Wording.didYouMean(
          HelpTopics.similar(to: unknown), else: "'rledit --help' lists the verbs"))
    }
    let sentence = sentence(for: error)
    throw CommandError.usage(
      sentence, hint: negativeValueHint(for: sentence, in: arguments) ?? hint(for: error))
  }

  /// The first argument, where it is neither an option nor a verb.
  private static func unknownVerb(in arguments: [String]) -> String? {
    guard let first = arguments.first, !first.hasPrefix("-"), !HelpTopics.verbs.contains(first)
    else { return nil }
    return first
  }

  /// The parser's sentence in the style of all others: one line, lower case, no full stop.
  private static func sentence(for error: any Error) -> String {
    let lines = Rledit.message(for: error).split(separator: "\n").map {
      $0.drop { $0 == " " }
    }
    var sentence = lines.joined(separator: "; ")
    if sentence.hasSuffix(".") { sentence.removeLast() }
    guard let first = sentence.first else { return "the command line is incomplete" }
    return first.lowercased() + sentence.dropFirst()
  }

  /// What to write where the parser has taken a negative number for an option, and so misses the value of
  /// the option before it.
  private static func negativeValueHint(for sentence: String, in arguments: [String]) -> String? {
    let start = "missing value for '"
    guard sentence.hasPrefix(start) else { return nil }
    let option = String(sentence.dropFirst(start.count).prefix { $0 != " " && $0 != "'" })
    guard
      let (_, value) = zip(arguments, arguments.dropFirst()).first(where: { word, next in
        word == option && next.hasPrefix("-") && Double(next) != nil
      })
    else { return nil }
    return "a negative number is written behind a '=': \(option)=\(value)"
  }

  /// The parser's pointer to the help of the verb at fault.
  private static func hint(for error: any Error) -> String {
    let start = "See '"
    for line in Rledit.fullMessage(for: error).split(separator: "\n") {
      guard let found = line.firstRange(of: start) else { continue }
      let command = line[found.upperBound...].prefix { $0 != "'" }
      return "'\(command)' tells what it takes"
    }
    return "'rledit --help' lists the verbs"
  }
}

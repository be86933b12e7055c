extension HelpTopics {
  /// The forms of revisions.
  static var revisionTable: String {
    let lines = revisionForms.map { form, meaning in
      "  " + form + String(repeating: " ", count: max(1, 22 - form.count)) + meaning
    }
    return (["Revisions, wherever a verb takes one:"] + lines).joined(separator: "\n")
  }

  private static let revisionForms = [
    ("HEAD, @", "the current commit"),
    ("main, v1", "a branch or a tag"),
    ("origin/main", "the branch of another store, as it was last seen there"),
    ("refs/heads/main", "a reference by its full name"),
    ("1a2b3c4d", "the commit whose id begins so, with 4 digits at least"),
    ("main~3, main~", "3 times, once, the first parent"),
    ("main^2, main^", "the second, the first parent"),
    ("@{2}, main@{2}", "what the branch was 2 changes ago; HEAD@{2} for HEAD itself"),
    ("@{-1}", "the branch that HEAD was on before; in 'switch' also '-'"),
    ("@{u}, main@{u}", "the branch of that name in origin, as it was last seen there"),
    (":/text", "the newest commit whose message has the text"),
    ("A..B", "a range: what leads to B and not to A; HEAD stands in for a missing side"),
    ("A...B", "in 'log' what leads to one of the two alone; in 'diff' from where they parted to B"),
    ("^A", "in 'log', not what leads to A"),
  ]
}

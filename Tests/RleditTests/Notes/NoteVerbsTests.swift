import Foundation
import TestSupport
import Testing

@Suite struct NoteVerbsTests {
  private func texts(_ place: Workplace, _ arguments: String...) throws -> [String] {
    let result = try place.rledit.run(arguments + ["--json"])
    #expect(result.status == 0, "\(result.errors)")
    return try #require(result.json()["notes"] as? [[String: Any]])
      .compactMap { $0["text"] as? String }
  }

  @Test func notesAreAddedShownListedAndRemoved() throws {
    let place = try Workplace.withHistory(deltas: 1)
    let id = try place.id()
    try place.succeed("note", "add", "-m", "Holds on the new data.\nTried twice.")
    try place.succeed("note", "add", "HEAD~1", "-m", "From the vendor")
    #expect(try place.id() == id)
    #expect(try texts(place, "note", "show") == ["Holds on the new data.\nTried twice."])
    #expect(try texts(place, "note", "list").count == 2)
    for output in [try place.succeed("show"), try place.succeed("log")] {
      #expect(output.contains("    Holds on the new data.\n    Tried twice.\n"))
      #expect(output.contains("(Ada <ada@example.org>, "))
    }
    #expect(try !place.succeed("log", "--oneline").contains("Tried"))
    let commits = try #require(try place.json("log")["commits"] as? [[String: Any]])
    #expect(commits.map { ($0["notes"] as? [Any])?.count } == [1, 1])
    try place.succeed("note", "remove")
    #expect(try texts(place, "note", "show").isEmpty)
    try place.succeed("undo")
    #expect(try texts(place, "note", "show").count == 1)
    try place.expectWhole()
  }

  @Test func oneOfSeveralNotesIsNamed() throws {
    let place = try Workplace.withHistory()
    let ids = try ["a", "b"].map { text in
      try #require(try place.json("note", "add", "-m", text)["name"] as? String)
    }
    let several = try place.rledit("note", "remove")
    #expect(several.status == 12 && several.errors.contains(String(ids[0].prefix(12))))
    #expect(try place.rledit("note", "remove", "--id", "ffffffffffff").status == 12)
    try place.succeed("note", "remove", "--id", String(ids[0].prefix(12)))
    #expect(try texts(place, "note", "show") == ["b"])
    try place.succeed("note", "remove", "--all")
    #expect(try place.rledit("note", "remove").status == 12)
    for arguments in [["add", "-m", " \n"], ["add"], ["remove", "--id", "a", "--all"]] {
      #expect(try place.rledit.run(["note"] + arguments).status == 2)
    }
    #expect(try place.rledit("note", "add", "nothing", "-m", "x").status == 12)
  }

  @Test func notesTravel() throws {
    let place = try Workplace.withHistory(deltas: 1)
    try place.succeed("note", "add", "-m", "from here")
    let copy = try Workplace()
    try copy.succeed("clone", place.directory.path)
    #expect(try texts(copy, "note", "show") == ["from here"])
    try copy.succeed("note", "add", "-m", "from there")
    try place.succeed("note", "add", "-m", "again from here")
    // With the branch alone a note stays; with everything it goes.
    try copy.succeed("push")
    #expect(try texts(place, "note", "show").count == 2)
    try copy.succeed("fetch")
    try copy.succeed("push", "--all")
    for store in [place, copy] {
      #expect(
        try Set(texts(store, "note", "show")) == ["from here", "from there", "again from here"])
      try store.expectWhole()
    }
    try place.succeed("bundle", "create", "all.bundle")
    let third = try Workplace()
    try third.succeed("clone", place.path("all.bundle"))
    #expect(try texts(third, "note", "show").count == 3)
  }

  /// What somebody else wrote cannot steer the terminal, nor pass for another line of the report.
  @Test func foreignTextDoesNotSteerTheTerminal() throws {
    let place = try Workplace.withHistory()
    place.rledit.environment["RLEDIT_AUTHOR"] = "Eve\nSigned: by Ada\u{1b}]0;title\u{7}"
    try place.succeed(
      "note", "add", "-m", "a\u{1b}[2J\u{1b}[8mhidden\u{9b}1A\u{7f}b é \u{1b}[31mred")
    try place.writeDelta("x.safetensors")
    try place.succeed("commit", "--delta", "x.safetensors", "-m", "s\u{1b}]52;c;AAAA\u{7}")
    for arguments in [
      ["log"], ["show", "HEAD~1"], ["show"], ["note", "list"], ["log", "--oneline"],
    ] {
      let output = try place.rledit.run(arguments).output
      #expect(
        output.unicodeScalars.allSatisfy {
          $0 == "\n" || $0 == "\t" || $0.properties.generalCategory != .control
        }, "\(arguments)")
      // Where colours are shown, the most that it can do is to be in one.
      let coloured = try place.rledit.run(arguments + ["--color", "always"]).output
      #expect(!coloured.contains("\u{1b}[2J") && !coloured.contains("\u{1b}[8m"))
      #expect(!output.split(separator: "\n").contains { $0.hasPrefix("Signed:") })
    }
    #expect(try place.succeed("note", "show", "HEAD~1").contains(#"a\u{1b}[2J\u{1b}[8mhidden"#))
    // What is turned around reads otherwise than it is.
    try place.succeed("tag", "turned", "-m", "delete\u{202e}oN\u{2066}")
    #expect(try place.succeed("tag").contains(#"delete\u{202e}oN\u{2066}"#))
    // Programs get what there is, by JSON's escapes.
    #expect(
      try place.succeed("note", "list", "--json").unicodeScalars.allSatisfy {
        $0 == "\n" || $0.properties.generalCategory != .control
      })
    #expect(
      try texts(place, "note", "list") == [
        "a\u{1b}[2J\u{1b}[8mhidden\u{9b}1A\u{7f}b é \u{1b}[31mred"
      ])
  }
}

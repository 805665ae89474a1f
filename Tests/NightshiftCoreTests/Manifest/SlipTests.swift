import NightshiftCore
import Testing

/// Slips of people who never wrote YAML, each with the whole text that they see.
@Suite(.timeLimit(.minutes(1)))
struct SlipTests {
    @Test(arguments: BadManifest.slips + BadManifest.moreSlips)
    func isToldWithItsLineAndAMark(_ bad: BadManifest) {
        var description = ""
        do {
            _ = try ManifestDecoder.decode(Array(bad.text.utf8), file: "jobs/x.yaml")
        } catch {
            description = error.description
        }
        #expect(description == bad.messages)
    }

    /// Line ends of Windows and a mark before the text change nothing.
    @Test(arguments: BadManifest.slips + BadManifest.moreSlips)
    func isToldTheSameInAFileOfWindows(_ bad: BadManifest) {
        let text = "\u{FEFF}" + bad.text.replacing("\n", with: "\r\n")
        var description = ""
        do {
            _ = try ManifestDecoder.decode(Array(text.utf8), file: "jobs/x.yaml")
        } catch {
            description = error.description
        }
        #expect(description == bad.messages)
    }

    @Test func whatIsYAMLIsNotSuspected() throws {
        let good = """
            job: x # a comment: with a colon
            model: a/b
            inputs:
            - list:
              - "a text
                over two lines"
              - it's: 'it''s "quoted"'
                url: https://example.com/a:b
              - [1, {a: b}]
            input:
              text: |
                job:greet
                "never closed
                  - x
              other: >-
                a: b
              last: {a: "x, y", b: [c,
                d]}
            """
        var bytes = Array(good.utf8)
        #expect(YAMLParser.parse(bytes, file: "x").diagnostics == [])
        // The one mistake that follows is the one that is told.
        bytes += Array("\nkey: @x\n".utf8)
        #expect(
            YAMLParser.parse(bytes, file: "x").diagnostics.map(\.sentence) == [
                "x:19:6: error: a text that starts with '@' must be in quotes\n    write: \"@x\""
            ])
    }

    @Test func longLinesAreCutAroundThePlace() {
        let line = String(repeating: "x", count: 500)
        let excerpt = SourceExcerpt(line.unicodeScalars, column: 300)
        let lines = "\(excerpt)".split(separator: "\n")
        #expect(lines[0].count < 120)
        #expect(lines[0].hasPrefix("    | …x"))
        #expect(lines[1] == "    | " + String(repeating: " ", count: 51) + "^")
        // A wide character takes two columns, and one that cannot be seen has a sign.
        #expect("\(SourceExcerpt("夜\t\u{A0}x".unicodeScalars, column: 4))" == "    | 夜→⍽x\n    |     ^")
    }
}

import LosslessJSON
import Testing

@Suite(.timeLimit(.minutes(1)))
struct BoundedTextTests {
    @Test(arguments: ["", "a", String(repeating: "é", count: 32 * 1024), String(repeating: "x", count: 64 * 1024)])
    func whatFitsIsKeptAsItIs(text: String) {
        #expect(BoundedText.keep(text) == text)
    }

    @Test(arguments: ["a", "é", "€", "👩‍🚀", "x\r\n"])
    func ofWhatIsTooLongBothEndsAreKept(unit: String) {
        let text = "begin " + String(repeating: unit, count: 200_000) + " end"
        let kept = BoundedText.keep(text)
        #expect(kept.utf8.count <= BoundedText.kept)
        #expect(kept.utf8.count > BoundedText.kept - 100)
        #expect(kept.hasPrefix("begin ") && kept.hasSuffix(" end"))
        #expect(kept.contains("of \(text.utf8.count) bytes"))
        #expect(!kept.unicodeScalars.contains("\u{FFFD}"))
        // What was cut once is not cut again.
        #expect(BoundedText.keep(kept) == kept)
    }

    @Test(arguments: [0, 1, 10, 60, 100])
    func aSmallBoundHolds(limit: Int) {
        let kept = BoundedText.keep(String(repeating: "ü", count: 1000), bytes: limit)
        #expect(kept.utf8.count <= max(limit, 80))
    }

    @Test(arguments: [
        ("plain", "plain"), ("two  spaces stay", "two  spaces stay"), ("a\nb\r\nc\td\u{2028}e", "a b c d e"),
        ("\n\nlead and trail\n", "lead and trail"), ("\u{1B}[31mred", "\u{FFFD}[31mred"), ("a\u{0}b", "a\u{FFFD}b"),
        ("\u{202E}gnp.exe", "\u{FFFD}gnp.exe"), ("", ""), ("\n", ""),
    ])
    func aLineHasNoLineEndsAndNoCommands(text: String, line: String) {
        #expect(BoundedText.line(text) == line)
    }

    @Test func aLineEndsAndSaysHowMuchMoreThereIs() {
        let text = String(repeating: "ä", count: 1_000_000)
        let line = BoundedText.line(text, characters: 10)
        #expect(line == "ääääääääää… (1999980 bytes more)")
        #expect(BoundedText.line("1234567890", characters: 10) == "1234567890")
        #expect(BoundedText.line(text, characters: .max) == text)
    }
}

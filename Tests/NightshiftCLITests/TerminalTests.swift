import Synchronization
import Testing

@testable import NightshiftCLI

@Suite struct TerminalTests {
    private let screen = Screen()
    private var terminal: Terminal { screen.terminal }

    @Test func printsASentenceAsItIsWithoutABlock() {
        terminal.say("ten items")
        #expect(screen.writes == ["ten items\n"])
    }

    @Test func drawsABlockOverTheOneBefore() {
        terminal.draw(["bar 1", "line 1"])
        terminal.draw(["bar 2"])
        #expect(screen.writes == ["bar 1\nline 1\n", "\r\u{1B}[2A\u{1B}[Jbar 2\n"])
    }

    @Test func writesNothingForABlockThatIsTheSame() {
        terminal.draw(["bar"])
        terminal.draw(["bar"])
        #expect(screen.writes.count == 1)
    }

    @Test func keepsASentenceAboveTheBlockInOneWrite() {
        terminal.draw(["bar", "line"])
        terminal.say("item 3 failed")
        #expect(screen.writes.last == "\r\u{1B}[2A\u{1B}[Jitem 3 failed\nbar\nline\n")
    }

    @Test func drawsNothingAfterTheBlockHasEnded() {
        terminal.draw(["bar"])
        terminal.endBlock()
        terminal.draw(["late"])
        terminal.say("done")
        #expect(screen.writes == ["bar\n", "\r\u{1B}[1A\u{1B}[J", "done\n"])
    }

    @Test(arguments: [
        ("plain – text", "plain – text"), ("two\nlines", "two\nlines"),
        ("\u{1B}]0;title\u{7}", "\u{FFFD}]0;title\u{FFFD}"),
        ("\u{9B}31m", "\u{FFFD}31m"),
    ])
    func showsControlCharactersInsteadOfObeyingThem(text: String, shown: String) {
        terminal.say(text)
        #expect(screen.writes == [shown + "\n"])
    }

    @Test func putsTextForListsIntoOneLine() {
        #expect("a\r\nb\tc\u{1B}d".oneLine == "a b c\u{FFFD}d")
    }
}

/// Remembers what a terminal was told to write.
final class Screen: Sendable {
    private let written = Written()
    let terminal: Terminal

    private final class Written: Sendable {
        let texts = Mutex<[String]>([])
    }

    init() {
        terminal = Terminal { [written] text in written.texts.withLock { $0.append(text) } }
    }

    var writes: [String] { written.texts.withLock { $0 } }
}

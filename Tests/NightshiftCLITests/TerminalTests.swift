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

    @Test func erasesAsManyLinesAsANarrowerTerminalMakesOfTheBlock() {
        terminal.draw([StyledText(String(repeating: "=", count: 60)), StyledText(String(repeating: "x", count: 30))])
        screen.size = TerminalSize(columns: 25, rows: 24)
        terminal.draw(["bar"])
        // 60 columns are three lines of 25, and 30 are two.
        #expect(screen.writes.last == "\r\u{1B}[5A\u{1B}[Jbar\n")
        screen.size = TerminalSize(columns: 200, rows: 24)
        terminal.say("wide")
        #expect(screen.writes.last == "\r\u{1B}[1A\u{1B}[Jwide\nbar\n")
    }

    @Test func drawsNoMoreThanTheTerminalIsHigh() {
        screen.size = TerminalSize(columns: 80, rows: 3)
        terminal.draw(["one", "two", "three", "four"])
        #expect(screen.writes == ["one\ntwo\n"])
        terminal.draw(["one", "two", "3", "4"])
        #expect(screen.writes.count == 1)
    }

    @Test func aQuestionStandsInThePlaceOfTheBlockUntilItIsAnswered() {
        terminal.draw(["bar"])
        terminal.ask("Go on? [y/N] ")
        terminal.draw(["late"])
        terminal.say("paused")
        #expect(
            screen.writes == [
                "bar\n", "\r\u{1B}[1A\u{1B}[JGo on? [y/N] ", "\r\u{1B}[Jpaused\nGo on? [y/N] ",
            ])
        terminal.answered()
        terminal.draw(["bar"])
        #expect(screen.writes.last == "bar\n")
    }

    @Test func whatFollowsAQuestionWithoutAnAnswerBeginsOnALineOfItsOwn() {
        terminal.ask("Go on? ")
        terminal.endQuestion()
        terminal.endQuestion()
        terminal.say("stopping")
        #expect(screen.writes == ["Go on? ", "\n", "stopping\n"])
    }

    @Test(arguments: [
        ("abc", 3), ("größe", 5), ("日本", 4), ("한글", 4), ("e\u{301}", 1), ("🌙", 2), ("·", 1), ("✈️", 2),
    ])
    func countsTheColumnsOfText(text: String, columns: Int) {
        #expect(text.columns == columns)
    }

    @Test func cutsTextAtAColumn() {
        #expect("日本語".prefix(columns: 5) == "日本")
        #expect("abc".prefix(columns: 0).isEmpty)
        #expect("abc".prefix(columns: -1).isEmpty)
    }

    @Test func showsTheLastLineOfATraceback() {
        let traceback = """
            Traceback (most recent call last):
              File "predict.py", line 12, in predict
                raise ValueError("no face")
            ValueError: no face

            """
        #expect(traceback.messageLine == "ValueError: no face")
        #expect("two\nlines".messageLine == "two lines")
        #expect("short".messageLine == "short")
    }

    @Test func boundsALongMessageAndKeepsItsEnd() {
        let line = ("begin " + String(repeating: "x", count: 20_000) + " end").messageLine
        #expect(line.count <= 300)
        #expect(line.hasPrefix("begin ") && line.contains(" … ") && line.hasSuffix(" end"))
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
        let size = Mutex(TerminalSize())
    }

    init() {
        terminal = Terminal(
            size: { [written] in written.size.withLock { $0 } },
            write: { [written] text in written.texts.withLock { $0.append(text) } })
    }

    var size: TerminalSize {
        get { written.size.withLock { $0 } }
        set { written.size.withLock { $0 = newValue } }
    }

    var writes: [String] { written.texts.withLock { $0 } }
}

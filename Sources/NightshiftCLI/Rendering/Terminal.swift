import Synchronization

/// How much a terminal shows.
struct TerminalSize: Hashable, Sendable {
    var columns = 80
    var rows = 24
}

/// Standard error as people see it: sentences that stay and, below them, a block of lines that is drawn again and again.
///
/// Every change is one write under one lock, so a sentence never lands inside the block, whoever says it. While a question is
/// open, it stands in the block's place.
final class Terminal: Sendable {
    private struct State {
        /// The lines that stand below the last sentence now.
        var block: [StyledText] = []
        /// The question that waits for its answer, behind which people type.
        var question: String?
        var isOver = false
    }

    private let state = Mutex(State())
    private let size: @Sendable () -> TerminalSize
    private let hasColors: Bool
    private let write: @Sendable (String) -> Void

    /// - Parameters:
    ///   - size: how large the terminal is now.
    ///   - hasColors: whether styles are shown.
    ///   - write: writes text as it is.
    init(
        size: @escaping @Sendable () -> TerminalSize = { TerminalSize() }, hasColors: Bool = false,
        write: @escaping @Sendable (String) -> Void
    ) {
        self.size = size
        self.hasColors = hasColors
        self.write = write
    }

    /// The terminal on standard error.
    static var standardError: Terminal {
        Terminal(
            size: { CommandContext.terminalSize }, hasColors: CommandContext.hasColors, write: CommandContext.show)
    }

    /// How large it is now.
    var currentSize: TerminalSize { size() }

    /// Prints lines that stay, above the block or the question if there is one.
    func say(_ text: String) {
        state.withLock { state in
            let sentence = text.printable + "\n"
            if let question = state.question {
                write("\r\u{1B}[J" + sentence + question)
            } else {
                write(erasing(state.block) + sentence + drawing(state.block))
            }
        }
    }

    /// Puts a block in the place of the one before. What does not fit into the terminal is left out, since what has scrolled away
    /// cannot be erased, nor what a long line has become.
    func draw(_ block: [StyledText]) {
        state.withLock { state in
            let size = size()
            let block = block.prefix(max(0, size.rows - 1)).map { $0.prefix(columns: max(1, size.columns - 1)) }
            guard !state.isOver, state.question == nil, block != state.block else { return }
            write(erasing(state.block) + drawing(block))
            state.block = block
        }
    }

    /// Takes the block away for good, so that what follows begins on a clean line.
    func endBlock() {
        state.withLock { state in
            if !state.block.isEmpty { write(erasing(state.block)) }
            state.block = []
            state.isOver = true
        }
    }

    // MARK: - Questions

    /// Puts a question in the place of the block, until it is answered or ``endQuestion()``.
    func ask(_ question: String) {
        state.withLock { state in
            write(erasing(state.block) + question.printable)
            state.block = []
            state.question = question.printable
        }
    }

    /// The question was answered by a line, whose end has moved the cursor on.
    func answered() {
        state.withLock { $0.question = nil }
    }

    /// Nobody waits for the answer any more: what follows begins on a line of its own.
    func endQuestion() {
        state.withLock { state in
            guard state.question.take() != nil else { return }
            write("\n")
        }
    }

    // MARK: - Drawing

    /// Goes up by as many lines as the block has now: a terminal that has become narrower shows a long line as several.
    ///
    /// The terminal itself may have moved the cursor to the right, as it does when it shows `^C`.
    private func erasing(_ block: [StyledText]) -> String {
        guard !block.isEmpty else { return "" }
        let size = size()
        let lines = block.reduce(0) { $0 + max(1, ($1.columns + size.columns - 1) / size.columns) }
        return "\r\u{1B}[\(min(lines, max(1, size.rows - 1)))A\u{1B}[J"
    }

    private func drawing(_ block: [StyledText]) -> String {
        block.map { $0.rendered(inColor: hasColors) + "\n" }.joined()
    }
}

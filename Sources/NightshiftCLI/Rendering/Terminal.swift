import Synchronization

/// Standard error as people see it: sentences that stay and, below them, a block of lines that is drawn again and again.
///
/// Every change is one write under one lock, so a sentence never lands inside the block, whoever says it.
final class Terminal: Sendable {
    private struct State {
        /// The lines that stand below the last sentence now.
        var block: [String] = []
        var isOver = false
    }

    private let state = Mutex(State())
    private let write: @Sendable (String) -> Void

    init(write: @escaping @Sendable (String) -> Void) {
        self.write = write
    }

    /// Prints lines that stay, above the block if there is one.
    func say(_ text: String) {
        state.withLock { state in
            write(Self.erasing(state.block) + text.printable + "\n" + Self.drawing(state.block))
        }
    }

    /// Puts a block in the place of the one before. Its lines must be narrower than the terminal.
    func draw(_ block: [String]) {
        state.withLock { state in
            guard !state.isOver, block != state.block else { return }
            write(Self.erasing(state.block) + Self.drawing(block))
            state.block = block
        }
    }

    /// Takes the block away for good, so that what follows begins on a clean line.
    func endBlock() {
        state.withLock { state in
            if !state.block.isEmpty { write(Self.erasing(state.block)) }
            state.block = []
            state.isOver = true
        }
    }

    /// The terminal itself may have moved the cursor to the right, as it does when it shows `^C`.
    private static func erasing(_ block: [String]) -> String {
        block.isEmpty ? "" : "\r\u{1B}[\(block.count)A\u{1B}[J"
    }

    private static func drawing(_ block: [String]) -> String {
        block.map { $0.printable + "\n" }.joined()
    }
}

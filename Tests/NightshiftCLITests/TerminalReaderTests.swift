import Foundation
import Testing

@testable import NightshiftCLI

/// Reading an answer, where nothing but the descriptor is real.
@Suite(.timeLimit(.minutes(1)))
struct TerminalReaderTests {
    private let pipe = Pipe()
    private var reader: TerminalReader { TerminalReader(descriptor: pipe.fileHandleForReading.fileDescriptor) }

    @Test func readsOneLineAndLeavesTheRest() async throws {
        try pipe.fileHandleForWriting.write(contentsOf: Data("yes\nno\n".utf8))
        #expect(await reader.line() == "yes")
        #expect(await reader.line() == "no")
    }

    @Test func endsWithTheInput() async throws {
        try pipe.fileHandleForWriting.write(contentsOf: Data("half".utf8))
        try pipe.fileHandleForWriting.close()
        #expect(await reader.line() == nil)
    }

    @Test func whoWaitsCanBeCancelled() async {
        let waiting = Task { await reader.line() }
        waiting.cancel()
        #expect(await waiting.value == nil)
    }
}

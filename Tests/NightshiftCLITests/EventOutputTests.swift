import Foundation
import Synchronization
import Testing

@testable import NightshiftCLI

@Suite struct EventOutputTests {
    private final class Collected: Sendable {
        let lines = Mutex<[String]>([])
        let sentences = Mutex<[String]>([])
    }

    private let collected = Collected()

    /// An output that takes one line and then fails so.
    private func output(failing number: Int32) -> EventOutput {
        EventOutput(
            write: { [collected] (line) throws(OutputError) in
                let count = collected.lines.withLock { lines in
                    lines.append(line)
                    return lines.count
                }
                // The second line is written by half.
                if count == 2 { throw OutputError(number: number) }
            },
            tell: { [collected] sentence in collected.sentences.withLock { $0.append(sentence) } })
    }

    @Test func aReaderThatHasGoneIsNoProblem() {
        let events = output(failing: EPIPE)
        for line in ["1", "2", "3"] { events(line) }
        #expect(events.problem == nil)
        #expect(collected.lines.withLock { $0 } == ["1", "2"])
        #expect(collected.sentences.withLock { $0 }.isEmpty)
    }

    @Test func aFullDiskIsToldOnceAndNothingFollowsHalfALine() {
        let events = output(failing: ENOSPC)
        for line in ["1", "2", "3", "4"] { events(line) }
        #expect(events.problem == OutputError(number: ENOSPC))
        #expect(collected.lines.withLock { $0 } == ["1", "2"])
        #expect(collected.sentences.withLock { $0.count } == 1)
        #expect(collected.sentences.withLock { $0.first }?.contains("no space left on device") == true)
    }
}

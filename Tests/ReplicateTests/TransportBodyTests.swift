import Testing

@testable import Replicate

@Suite(.timeLimit(.minutes(1)))
struct TransportBodyTests {
    /// A body that brings the same chunk again and again, and never ends.
    private func endless(_ chunk: [UInt8]) -> TransportBody {
        TransportBody(makeNext: { { () async throws(TransportError) -> [UInt8]? in chunk } })
    }

    @Test func anAnswerThatBringsNothingIsGivenUp() async {
        let failure = await #expect(throws: TransportError.self) {
            _ = try await endless([]).collectPrefix(1000, patience: .milliseconds(20))
        }
        #expect(failure?.code == .timeout)
    }

    @Test func whatComesQuicklyIsTakenUpToTheLimit() async throws {
        let (bytes, isComplete) = try await endless(Array(repeating: 1, count: 1000)).collectPrefix(
            100_000, patience: .seconds(60))
        #expect(bytes.count == 100_000)
        #expect(!isComplete)
    }
}

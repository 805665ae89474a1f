import Foundation
import Replicate
import ReplicateAPI
import Synchronization
import Testing

/// Whoever reads slowly slows the sender down; nothing piles up in between.
@Suite(.timeLimit(.minutes(1)))
struct BackPressureTests {
    private static let events = 20_000

    @Test func aSlowReaderOfAStreamHoldsTheServerBack() async throws {
        try await FloodServer.run(events: Self.events) { base, sent in
            let client = try Client(token: "t", baseURL: base, retry: .none, timeout: .seconds(50))
            let prediction = Prediction(
                id: "p", status: .processing, urls: PredictionURLs(stream: "\(base)/stream"))
            var iterator = try client.stream(of: prediction).makeAsyncIterator()
            var count = 0
            #expect(try await iterator.next() != nil)
            count += 1
            // The server writes until the connection takes no more, and then stands still.
            var last = -1
            var quiet = 0
            while quiet < 10 {
                let now = sent.value.withLock { $0 }
                quiet = now == last ? quiet + 1 : 0
                last = now
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(last < Self.events / 2, "\(last) events of a kilobyte were taken although one was read")
            while let event = try await iterator.next() {
                if case .output = event { count += 1 }
            }
            #expect(count == Self.events)
        }
    }
}

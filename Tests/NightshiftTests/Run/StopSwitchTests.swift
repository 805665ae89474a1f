import NightshiftCore
import Testing

@testable import Nightshift

@Suite(.timeLimit(.minutes(1)))
struct StopSwitchTests {
    private let requests: AsyncStream<StopRequest>
    private let request: AsyncStream<StopRequest>.Continuation
    private let stops: StopSwitch

    init() {
        (requests, request) = AsyncStream.makeStream()
        stops = StopSwitch(requests)
    }

    private func untilCanceled() async throws {
        while true { try await Task.sleep(for: .seconds(1000)) }
    }

    @Test func aRequestEndsThePreparation() async throws {
        let prepared: Int? = try await stops.whileHearing {
            try await stops.preparing {
                request.yield(.drain)
                try await untilCanceled()
                return 1
            }
        }
        #expect(prepared == nil)
    }

    @Test func laterRequestsAreForTheSession() async throws {
        let heard = try await stops.whileHearing {
            let prepared = try await stops.preparing { 1 }
            #expect(prepared == 1)
            request.yield(.drain)
            request.yield(.detach)
            var heard: [StopRequest] = []
            for await stop in stops.stops {
                heard.append(stop)
                if heard.count == 2 { break }
            }
            return heard
        }
        #expect(heard == [.drain, .detach])
    }

    @Test func whatThePreparationThrowsIsThrown() async throws {
        struct Mistake: Error {}
        await #expect(throws: Mistake.self) {
            try await stops.whileHearing { try await stops.preparing { throw Mistake() } }
        }
    }

    @Test func aCancellationEndsThePreparationToo() async throws {
        let (news, began) = AsyncStream.makeStream(of: Void.self)
        let run = Task {
            try await stops.whileHearing {
                try await stops.preparing {
                    began.yield()
                    try await untilCanceled()
                }
            }
        }
        for await _ in news { break }
        run.cancel()
        await #expect(throws: CancellationError.self) { try await run.value }
    }
}

import NightshiftCore
import Testing

@testable import Nightshift

@Suite(.timeLimit(.minutes(1)))
struct RunInboxTests {
    private let clock = WallClock()
    private let inbox: RunInbox

    init() {
        inbox = RunInbox(clock: clock)
    }

    private var hour: Timestamp { clock.now.advanced(by: .seconds(3600)) }

    private static func isStop(_ event: RunEvent) -> Bool { if case .stopRequested = event { true } else { false } }
    private static func isWake(_ event: RunEvent) -> Bool { if case .woke = event { true } else { false } }

    @Test func allThatHasComeIsTakenAtOnce() async {
        for _ in 0..<3 { inbox.send(.stopRequested(.drain)) }
        let events = await inbox.next(until: nil)
        #expect(events.count == 3)
        #expect(events.allSatisfy(Self.isStop))
    }

    @Test(arguments: [true, false]) func anEventEndsTheWait(hasDeadline: Bool) async {
        let deadline = hasDeadline ? hour : nil
        async let events = inbox.next(until: deadline)
        await Task.yield()
        inbox.send(.stopRequested(.drain))
        #expect(await events.count == 1)
    }

    @Test func theDeadlineEndsTheWaitAndNotBefore() async {
        // Also where it comes at the moment at which the wait begins.
        for milliseconds in [0, 1, 5, 20] + Array(repeating: 1, count: 200) {
            let deadline = clock.now.advanced(by: .milliseconds(milliseconds))
            let events = await inbox.next(until: deadline)
            #expect(events.count == 1 && events.allSatisfy(Self.isWake))
            #expect(clock.now >= deadline)
        }
    }

    @Test(arguments: [true, false]) func aCancellationEndsTheWait(hasDeadline: Bool) async {
        let deadline = hasDeadline ? hour : nil
        let waiting = Task { await inbox.next(until: deadline) }
        await Task.yield()
        waiting.cancel()
        #expect(await waiting.value.allSatisfy(Self.isWake))
    }

    @Test func manySendersLoseNothing() async {
        let count = 10_000
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<count { group.addTask { inbox.send(.stopRequested(.drain)) } }
            var taken = 0
            while taken < count {
                let events = await inbox.next(until: clock.now.advanced(by: .milliseconds(1)))
                taken += events.count(where: Self.isStop)
            }
            #expect(taken == count)
        }
    }
}

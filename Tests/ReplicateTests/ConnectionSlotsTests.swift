import Synchronization
import Testing

@testable import Replicate

@Suite(.timeLimit(.minutes(1)))
struct ConnectionSlotsTests {
    private let quick = ConnectionSlots.Lane(origin: "http://a", isLongLived: false)
    private let long = ConnectionSlots.Lane(origin: "http://a", isLongLived: true)

    private func refusal(
        _ slots: ConnectionSlots, _ lane: ConnectionSlots.Lane, within patience: Duration?
    ) async -> ConnectionSlots.Refusal? {
        do throws(ConnectionSlots.Refusal) {
            _ = try await slots.lease(lane, within: patience)
            return nil
        } catch {
            return error
        }
    }

    @Test func whoComesFirstIsServedFirst() async throws {
        let slots = ConnectionSlots(quick: 1, longLived: 1)
        let held = try await slots.lease(quick, within: nil)
        let order = Box<[Int]>([])
        try await withThrowingTaskGroup { group in
            for number in 1...3 {
                group.addTask {
                    let lease = try await slots.lease(quick, within: nil)
                    order.value.withLock { $0.append(number) }
                    lease.release()
                }
                while slots.waiting(in: quick) < number { await Task.yield() }
            }
            #expect(order.value.withLock { $0.isEmpty })
            held.release()
            try await group.waitForAll()
        }
        #expect(order.value.withLock { $0 } == [1, 2, 3])
    }

    @Test func lanesAndHostsDoNotWaitForEachOther() async throws {
        let slots = ConnectionSlots(quick: 1, longLived: 1)
        let first = try await slots.lease(quick, within: nil)
        let second = try await slots.lease(long, within: nil)
        let other = ConnectionSlots.Lane(origin: "http://b", isLongLived: false)
        let third = try await slots.lease(other, within: nil)
        #expect(await refusal(slots, quick, within: .zero) == .expired)
        #expect(await refusal(slots, long, within: .zero) == .expired)
        #expect(await refusal(slots, other, within: .zero) == .expired)
        for lease in [first, second, third] { lease.release() }
        #expect(await refusal(slots, quick, within: .zero) == nil)
    }

    @Test func aWithdrawnRequestTakesNoPlace() async throws {
        let slots = ConnectionSlots(quick: 1, longLived: 1)
        let held = try await slots.lease(quick, within: nil)
        let waiting = Task { await refusal(slots, quick, within: nil) }
        while slots.waiting(in: quick) == 0 { await Task.yield() }
        waiting.cancel()
        #expect(await waiting.value == .canceled)
        #expect(slots.waiting(in: quick) == 0)
        let early = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await refusal(slots, quick, within: nil)
        }
        #expect(await early.value == .canceled)
        #expect(await refusal(slots, quick, within: .milliseconds(1)) == .expired)
        held.release()
        #expect(await refusal(slots, quick, within: .zero) == nil)
    }

    @Test func aPlaceIsGivenBackOnceAndWithItsHolder() async throws {
        let slots = ConnectionSlots(quick: 2, longLived: 1)
        let held = try await slots.lease(quick, within: nil)
        do {
            let dropped = try await slots.lease(quick, within: nil)
            #expect(await refusal(slots, quick, within: .zero) == .expired)
            dropped.release()
            dropped.release()
        }
        _ = try await slots.lease(quick, within: .zero)
        let last = try await slots.lease(quick, within: .zero)
        #expect(await refusal(slots, quick, within: .zero) == .expired)
        last.release()
        held.release()
    }

    @Test func noPlaceIsLostWhateverIsCanceled() async throws {
        let slots = ConnectionSlots(quick: 3, longLived: 1)
        var generator = SeededGenerator(seed: 7)
        let most = Box((now: 0, ever: 0))
        await withTaskGroup { group in
            for _ in 0..<600 {
                let isCanceled = Bool.random(using: &generator)
                let patience: Duration? = Bool.random(using: &generator) ? .milliseconds(2) : nil
                let yields = Int.random(in: 0..<4, using: &generator)
                group.addTask {
                    let task = Task {
                        guard let lease = try? await slots.lease(quick, within: patience) else { return }
                        most.value.withLock { $0 = ($0.now + 1, max($0.ever, $0.now + 1)) }
                        for _ in 0..<yields { await Task.yield() }
                        most.value.withLock { $0.now -= 1 }
                        lease.release()
                    }
                    for _ in 0..<yields { await Task.yield() }
                    if isCanceled { task.cancel() }
                    await task.value
                }
            }
        }
        #expect(most.value.withLock { $0.ever } == 3)
        #expect(slots.waiting(in: quick) == 0)
        var leases: [ConnectionLease] = []
        for _ in 0..<3 { leases.append(try await slots.lease(quick, within: .zero)) }
        #expect(await refusal(slots, quick, within: .zero) == .expired)
        for lease in leases { lease.release() }
    }

    @Test func aWaitCanBeCanceledUntilItIsOver() {
        let unused = ConnectionWait()
        #expect(!unused.cancel())
        #expect(!unused.begin())
        let waiting = ConnectionWait()
        #expect(waiting.begin())
        #expect(waiting.cancel())
        #expect(!waiting.end())
        let over = ConnectionWait()
        #expect(over.begin())
        #expect(over.end())
        #expect(!over.cancel())
        #expect(over.end())
    }
}

private final class Box<Value: Sendable>: Sendable {
    let value: Mutex<Value>

    init(_ value: Value) {
        self.value = Mutex(value)
    }
}

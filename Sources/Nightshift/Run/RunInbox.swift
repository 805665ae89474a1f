package import NightshiftCore
import Synchronization

/// Where facts wait until the run's loop takes them, all that have come at once.
package final class RunInbox: Sendable {
    private struct State {
        var events: [RunEvent] = []
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())
    private let clock: WallClock

    package init(clock: WallClock) {
        self.clock = clock
    }

    package func send(_ event: RunEvent) {
        let waiter = state.withLock { state in
            state.events.append(event)
            return state.waiter.take()
        }
        waiter?.resume()
    }

    /// All events that have come, waiting for the first one; at `deadline` at the latest ``RunEvent/woke``.
    ///
    /// Only the loop that owns the run may call this. When its task is cancelled it returns at once.
    package func next(until deadline: Timestamp?) async -> [RunEvent] {
        if let events = take() { return events }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.waitForEvent() }
            if let deadline {
                let clock = clock
                group.addTask { try? await clock.sleep(until: deadline) }
            }
            await group.next()
            group.cancelAll()
        }
        return take() ?? [.woke]
    }

    private func take() -> [RunEvent]? {
        state.withLock { state in
            guard !state.events.isEmpty else { return nil }
            defer { state.events = [] }
            return state.events
        }
    }

    private func waitForEvent() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if !state.events.isEmpty || Task.isCancelled { return true }
                    state.waiter = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiter.take() }?.resume()
        }
    }
}

import NIOCore
import NIOPosix
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
    /// A machine that slept has another idea of how long a wait was than the clock of the alarms.
    private static let longestWait = Duration.seconds(60)

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
        while true {
            if let events = take() { return events }
            let left = deadline.map { clock.now.duration(to: $0) } ?? Self.longestWait
            guard left > .zero, !Task.isCancelled else { return [.woke] }
            await wait(atMost: min(left, Self.longestWait))
        }
    }

    private func take() -> [RunEvent]? {
        state.withLock { state in
            guard !state.events.isEmpty else { return nil }
            defer { state.events = [] }
            return state.events
        }
    }

    /// Returns when an event has come, the time is over or the task is cancelled, and now and then for nothing.
    private func wait(atMost duration: Duration) async {
        // On a loop of the network, where the run's own loop is too, an alarm wakes no other thread.
        let alarm = Mutex<Scheduled<Void>?>(nil)
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if !state.events.isEmpty || Task.isCancelled { return true }
                    state.waiter = continuation
                    return false
                }
                guard !isReady else { return continuation.resume() }
                // Not before there is somebody to wake.
                let scheduled = MultiThreadedEventLoopGroup.singleton.any().scheduleTask(in: TimeAmount(duration)) {
                    self.wake()
                }
                alarm.withLock { $0 = scheduled }
            }
        } onCancel: {
            wake()
        }
        alarm.withLock { $0.take() }?.cancel()
    }

    private func wake() {
        state.withLock { $0.waiter.take() }?.resume()
    }
}

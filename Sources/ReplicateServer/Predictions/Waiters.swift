import Synchronization

/// Tasks that wait for news, by what the news is about.
final class Waiters<Key: Hashable & Sendable>: Sendable {
    private struct State {
        var nextToken = 0
        var waiting: [Key: [Int: CheckedContinuation<Void, Never>]] = [:]
    }

    private let state = Mutex(State())

    /// Waits until ``wake(_:)``, the end of the time, or the end of the task. `isDone` is asked once the wait is known
    /// to ``wake(_:)``, so that nothing is missed in between.
    func wait(for key: Key, atMost time: Duration, unless isDone: @escaping @Sendable () -> Bool) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await Task.sleep(for: time) }
            group.addTask { await self.waitForWake(key, unless: isDone) }
            await group.next()
            group.cancelAll()
        }
    }

    /// Whether anybody waits for it.
    func contains(_ key: Key) -> Bool {
        state.withLock { $0.waiting[key] != nil }
    }

    func wake(_ key: Key) {
        let continuations = state.withLock { $0.waiting.removeValue(forKey: key) }
        for continuation in (continuations ?? [:]).values { continuation.resume() }
    }

    func wakeAll() {
        let waiting = state.withLock { state in
            defer { state.waiting = [:] }
            return state.waiting
        }
        for continuations in waiting.values {
            for continuation in continuations.values { continuation.resume() }
        }
    }

    private func waitForWake(_ key: Key, unless isDone: () -> Bool) async {
        let token = state.withLock { state in
            state.nextToken += 1
            return state.nextToken
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                state.withLock { $0.waiting[key, default: [:]][token] = continuation }
                if Task.isCancelled || isDone() { resume(key, token) }
            }
        } onCancel: {
            resume(key, token)
        }
    }

    private func resume(_ key: Key, _ token: Int) {
        let continuation = state.withLock { state -> CheckedContinuation<Void, Never>? in
            let continuation = state.waiting[key]?.removeValue(forKey: token)
            if state.waiting[key]?.isEmpty == true { state.waiting[key] = nil }
            return continuation
        }
        continuation?.resume()
    }
}

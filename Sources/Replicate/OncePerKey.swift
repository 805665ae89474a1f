import Synchronization

/// Makes each value once, however many ask for it at the same time; the others wait for the first one's.
package final class OncePerKey<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private enum Turn: Sendable {
        case lead
        case done(Value)
        /// The waiter was canceled, and is to find that out by itself.
        case canceled
    }

    private struct Waiter {
        var id: Int
        var continuation: CheckedContinuation<Turn, Never>
    }

    private enum Entry {
        case making(waiters: [Waiter])
        case made(Value)
    }

    private struct State {
        var entries: [Key: Entry] = [:]
        var nextID = 0
        /// Waiters that were canceled before they had begun to wait.
        var canceled: Set<Int> = []
    }

    private let state = Mutex(State())

    package init() {}

    /// The value of a key, made by `make` if there is none that `isUsable`.
    ///
    /// A failure is told to the one who made the value, and the next in line tries for itself: the cause may have been
    /// the first one's alone. A waiter whose task is canceled calls `make`, which is expected to throw at once.
    package func value<Failure: Error>(
        of key: Key, isUsable: (Value) -> Bool, make: () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        switch await turn(for: key, isUsable: isUsable) {
        case .done(let value): return value
        case .canceled: return try await make()
        case .lead:
            do throws(Failure) {
                let value = try await make()
                finish(key, value)
                return value
            } catch {
                handOver(key)
                throw error
            }
        }
    }

    /// The value of a key, if it has been made.
    package func made(_ key: Key) -> Value? {
        state.withLock { state in
            if case .made(let value) = state.entries[key] { value } else { nil }
        }
    }

    private func turn(for key: Key, isUsable: (Value) -> Bool) async -> Turn {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        // A cancellation that comes with the turn leaves its mark here.
        defer { state.withLock { _ = $0.canceled.remove(id) } }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let turn = state.withLock { state -> Turn? in
                    if state.canceled.remove(id) != nil { return .canceled }
                    switch state.entries[key] {
                    case .made(let value) where isUsable(value): return .done(value)
                    case .making(let waiters):
                        let waiter = Waiter(id: id, continuation: continuation)
                        state.entries[key] = .making(waiters: waiters + [waiter])
                        return nil
                    case .made, nil:
                        state.entries[key] = .making(waiters: [])
                        return .lead
                    }
                }
                if let turn { continuation.resume(returning: turn) }
            }
        } onCancel: {
            let waiter = state.withLock { state -> Waiter? in
                guard case .making(var waiters) = state.entries[key],
                    let index = waiters.firstIndex(where: { $0.id == id })
                else {
                    state.canceled.insert(id)
                    return nil
                }
                let waiter = waiters.remove(at: index)
                state.entries[key] = .making(waiters: waiters)
                return waiter
            }
            waiter?.continuation.resume(returning: .canceled)
        }
    }

    private func finish(_ key: Key, _ value: Value) {
        let waiters = state.withLock { state -> [Waiter] in
            defer { state.entries[key] = .made(value) }
            return if case .making(let waiters) = state.entries[key] { waiters } else { [] }
        }
        for waiter in waiters { waiter.continuation.resume(returning: .done(value)) }
    }

    private func handOver(_ key: Key) {
        let next = state.withLock { state -> Waiter? in
            guard case .making(let waiters) = state.entries[key], let first = waiters.first else {
                state.entries[key] = nil
                return nil
            }
            state.entries[key] = .making(waiters: Array(waiters.dropFirst()))
            return first
        }
        next?.continuation.resume(returning: .lead)
    }
}

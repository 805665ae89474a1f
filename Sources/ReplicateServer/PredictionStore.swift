import ReplicateAPI
import Synchronization

/// The server's predictions: the table behind a lock, and those who wait for an end.
final class PredictionStore: Sendable {
    private let table: Mutex<PredictionTable>
    private let waiters = Waiters()
    let clock: ServerClock

    init(retention: Duration, capacity: Int, clock: ServerClock) {
        table = Mutex(PredictionTable(retention: retention, capacity: capacity))
        self.clock = clock
    }

    /// Adds a prediction; `make` is given its id and time of creation.
    func insert(_ make: (PredictionID, ServerTime) -> PredictionRecord) -> PredictionRecord {
        var random = SystemRandomNumberGenerator()
        let id = PredictionID(using: &random)
        let (record, folders) = table.withLock { table in
            let now = clock.now
            let record = make(id, table.creationTime(at: now))
            return (record, table.insert(record, at: now))
        }
        TemporaryFolder.remove(folders)
        return record
    }

    func record(_ id: PredictionID) -> PredictionRecord? {
        table.withLock { $0.record(id, at: clock.now) }
    }

    func page(_ cursor: PredictionTable.Cursor, size: Int, after: Int64?, before: Int64?) -> PredictionTable.Page {
        table.withLock {
            $0.page(cursor, size: size, createdAfter: after, createdBefore: before, at: clock.now)
        }
    }

    /// Marks a run as begun; `false` if it has ended before, by a caller or its deadline.
    func start(_ id: PredictionID) -> Bool {
        let now = clock.now
        return table.withLock { $0.update(id) { $0.lifecycle.start(at: now) } } ?? false
    }

    /// Ends a run with its data.
    func finish(
        _ id: PredictionID, _ ending: PredictionLifecycle.Ending, change: (inout PredictionData) -> Void
    ) {
        let now = clock.now
        table.withLock { table in
            _ = table.update(id) { record in
                guard record.lifecycle.finish(ending, at: now), var data = record.data else { return }
                change(&data)
                record.data = data
            }
        }
        waiters.wake(id)
    }

    /// Cancels a prediction, if it is known and has not ended.
    /// - Returns: the prediction afterwards, and whether this ended it.
    func cancel(_ id: PredictionID) -> (record: PredictionRecord, ended: Bool)? {
        let now = clock.now
        let result = table.withLock { table -> (PredictionRecord, Bool)? in
            guard let ended = table.update(id, { $0.lifecycle.cancel(at: now) }),
                let record = table.record(id, at: now)
            else { return nil }
            return (record, ended)
        }
        waiters.wake(id)
        return result
    }

    /// Changes the data of a prediction whose run goes on.
    func updateData(of id: PredictionID, _ change: (inout PredictionData) -> Void) {
        table.withLock { table in
            _ = table.update(id) { record in
                guard var data = record.data else { return }
                change(&data)
                record.data = data
            }
        }
    }

    /// Waits until a prediction has ended, but not longer than a time.
    func waitUntilFinished(_ id: PredictionID, atMost limit: Duration) async {
        let last = clock.now.advanced(by: limit)
        while !Task.isCancelled {
            let now = clock.now
            guard now < last, let record = record(id), !record.lifecycle.snapshot(at: now).status.isTerminal else {
                return
            }
            let next = min(record.lifecycle.expectedEnd ?? last, last)
            await waiters.wait(for: id, atMost: now.duration(to: next)) { [self] in
                self.record(id)?.lifecycle.snapshot(at: clock.now).status.isTerminal ?? true
            }
        }
    }

    func removeExpiredData() {
        let now = clock.now
        TemporaryFolder.remove(table.withLock { $0.removeExpiredData(at: now) })
    }
}

/// Tasks that wait for predictions.
private final class Waiters: Sendable {
    private struct State {
        var nextToken = 0
        var waiting: [PredictionID: [Int: CheckedContinuation<Void, Never>]] = [:]
    }

    private let state = Mutex(State())

    /// Waits until ``wake(_:)`` or the end of the time. `isDone` is asked once the wait is known to ``wake(_:)``, so
    /// that nothing is missed in between.
    func wait(for id: PredictionID, atMost time: Duration, unless isDone: @escaping @Sendable () -> Bool) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await Task.sleep(for: time) }
            group.addTask { await self.waitForWake(id, unless: isDone) }
            await group.next()
            group.cancelAll()
        }
    }

    func wake(_ id: PredictionID) {
        let continuations = state.withLock { $0.waiting.removeValue(forKey: id) }
        for continuation in (continuations ?? [:]).values { continuation.resume() }
    }

    private func waitForWake(_ id: PredictionID, unless isDone: () -> Bool) async {
        let token = state.withLock { state in
            state.nextToken += 1
            return state.nextToken
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                state.withLock { $0.waiting[id, default: [:]][token] = continuation }
                if Task.isCancelled || isDone() { resume(id, token) }
            }
        } onCancel: {
            resume(id, token)
        }
    }

    private func resume(_ id: PredictionID, _ token: Int) {
        let continuation = state.withLock { state -> CheckedContinuation<Void, Never>? in
            let continuation = state.waiting[id]?.removeValue(forKey: token)
            if state.waiting[id]?.isEmpty == true { state.waiting[id] = nil }
            return continuation
        }
        continuation?.resume()
    }
}

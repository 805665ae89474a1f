import DemoModels
import ReplicateAPI
import Synchronization

/// The server's predictions: the table behind a lock, and those who wait for an end.
final class PredictionStore: Sendable {
    private let table: Mutex<PredictionTable>
    private let waiters = Waiters<PredictionID>()
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
        look(id)?.record
    }

    /// A prediction and the moment it was looked at: what changes it afterwards happens later than that.
    func look(_ id: PredictionID) -> (record: PredictionRecord, now: ServerTime)? {
        table.withLock { table in
            let now = clock.now
            return table.record(id, at: now).map { ($0, now) }
        }
    }

    func page(_ cursor: PredictionTable.Cursor, size: Int, after: Int64?, before: Int64?) -> PredictionTable.Page {
        table.withLock {
            $0.page(cursor, size: size, createdAfter: after, createdBefore: before, at: clock.now)
        }
    }

    /// Marks a run as begun; `false` if it has ended before, by a caller or its deadline.
    func start(_ id: PredictionID) -> Bool {
        let started = table.withLock { table in
            let now = clock.now
            return table.update(id) { $0.lifecycle.start(at: now) } ?? false
        }
        waiters.wake(id)
        return started
    }

    /// Ends a run with its data.
    func finish(
        _ id: PredictionID, _ ending: RunEnding, change: (inout PredictionData) -> Void
    ) {
        table.withLock { table in
            let now = clock.now
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
        let result = table.withLock { table -> (PredictionRecord, Bool)? in
            let now = clock.now
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
            guard let (record, now) = look(id), now < last, !record.lifecycle.snapshot(at: now).status.isTerminal else {
                return
            }
            await waitForChange(of: record.lifecycle, id, until: min(record.lifecycle.expectedEnd ?? last, last))
        }
    }

    /// Waits until a prediction is no longer what it was, a time has come, the clock was moved, or somebody calls
    /// ``wake(_:)``; whoever waits looks again.
    /// - Parameter isDone: asked once the wait is known to ``wake(_:)``, so that nothing is missed in between.
    func waitForChange(
        of lifecycle: PredictionLifecycle, _ id: PredictionID, until time: ServerTime,
        unless isDone: @escaping @Sendable () -> Bool = { false }
    ) async {
        let offset = clock.offset
        await waiters.wait(for: id, atMost: clock.now.duration(to: time)) { [self] in
            isDone() || clock.offset != offset || record(id)?.lifecycle != lifecycle
        }
    }

    /// Lets all who wait for a prediction look again.
    func wake(_ id: PredictionID) {
        waiters.wake(id)
    }

    /// Whether anybody waits for news of a prediction.
    func isAwaited(_ id: PredictionID) -> Bool {
        waiters.contains(id)
    }

    /// Does what is due after the clock was moved.
    func clockWasMoved() {
        let now = clock.now
        TemporaryFolder.remove(table.withLock { $0.removeExpiredData(at: now) })
        waiters.wakeAll()
    }
}

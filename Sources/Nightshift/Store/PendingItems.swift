import GRDB
package import NightshiftCore

/// The items that the run machine is given: what is in flight, and what is to be done next, a page at a time.
package struct PendingItems: Sendable {
    let store: Store
}

extension Store {
    package var pendingItems: PendingItems { PendingItems(store: self) }
}

extension PendingItems {
    /// Items that were in flight when the last session ended.
    package func inFlight(of run: RunRecord) async throws(StoreError) -> [LoadedItem] {
        try await store.read { database in
            // The plus keeps SQLite from walking all items in their order, where the index has the few that count.
            let rows = try GRDB.Row.fetchCursor(
                database,
                sql: """
                    SELECT \(LoadedItem.columns(of: "item")) FROM item
                    WHERE run_id = ? AND generation <= ? AND is_withdrawn = 0
                        AND finished_at IS NULL AND (intent_at IS NOT NULL OR prediction_id IS NOT NULL)
                        AND state IN ('submitting', 'unknown', 'running', 'fetching') ORDER BY +position
                    """,
                arguments: [run.id, run.generation]
            )
            var items: [LoadedItem] = []
            while let row = try rows.next() { items.append(try LoadedItem(row, database, of: run)) }
            return items
        }
    }

    /// The next pending items: those that wait no longer, for a retry or for another item's result, then fresh ones by
    /// priority and input order.
    /// - Parameters:
    ///   - step: the step whose items are loaded; empty in a manifest without `steps`.
    ///   - place: fresh items of it up to this one are in the window already or done.
    package func pending(
        of run: RunRecord, step: String = "", count: Int, latestFirst: Bool = false, after place: PendingCursor,
        at now: Timestamp
    ) async throws(StoreError) -> (page: LoadedPage, place: PendingCursor) {
        try await store.read { database in
            var loader = PendingLoader(database: database, run: run, step: step, count: count, place: place)
            try loader.loadDue(at: now, latestFirst: latestFirst)
            // As many again as are asked for, since some of these may be in the window.
            let isFull = loader.items.count >= count
            try loader.loadFresh()
            let nextDue = try loader.nextDue(after: isFull ? .distantPast : now)
            return (LoadedPage(items: loader.items, hasMore: loader.hasMore, nextDue: nextDue), loader.place)
        }
    }

    /// A retry can be due in the far future only if a clock was wrong when it was set: it is due at once.
    package func bringForwardRetries(of run: RunRecord, dueAfter latest: Timestamp) async throws(StoreError) {
        try await store.write { database in
            try database.execute(
                sql: """
                    UPDATE item SET due_at = 1 WHERE run_id = ?2 AND state = 'pending' AND due_at > 0 AND due_at > ?1
                    """,
                arguments: [latest.milliseconds, run.id])
        }
    }

    /// Brings what earlier sessions have stored to the clock of this one, as far as both can be compared by the provider's.
    ///
    /// Intents keep the times and offsets that they were recorded with, since the provider's clock is what counts for them.
    /// - Parameter offset: the provider's clock minus this session's, if it is known.
    package func adjustTimes(of run: RunRecord, to offset: Duration?) async throws(StoreError) {
        guard let offset else { return }
        try await store.write { database in
            let stored = try Int64.fetchOne(
                database, sql: "SELECT clock_offset FROM run WHERE id = ?", arguments: [run.id])
            let shift = (stored ?? offset.milliseconds) - offset.milliseconds
            try database.execute(
                sql: "UPDATE run SET clock_offset = ? WHERE id = ?", arguments: [offset.milliseconds, run.id])
            // The provider tells its time in whole seconds, and the answer has its way.
            guard abs(shift) > 3000 else { return }
            try database.execute(
                sql: """
                    UPDATE item SET due_at = max(1, due_at + ?1) WHERE run_id = ?2 AND state = 'pending' AND due_at > 1;
                    UPDATE item SET running_since = max(1, running_since + ?1)
                        WHERE run_id = ?2 AND running_since > 0 AND state IN ('running', 'fetching');
                    UPDATE item SET lost_at = max(1, lost_at + ?1) WHERE run_id = ?2 AND state = 'unknown' AND lost_at > 0;
                    """, arguments: [shift, run.id, shift, run.id, shift, run.id])
        }
    }
}

/// How far the fresh items of a run's step were loaded, by priority and input order.
package struct PendingCursor: Hashable, Sendable {
    var rank = -Double.greatestFiniteMagnitude
    var position = -1

    package static let start = PendingCursor()
}

/// How far the fresh items of each step were loaded.
package struct PendingCursors: Sendable {
    private var places: [Int: PendingCursor] = [:]

    package init() {}

    package subscript(step: Int) -> PendingCursor {
        get { places[step] ?? .start }
        set { places[step] = newValue }
    }
}

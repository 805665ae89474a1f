import Foundation
import GRDB
package import NightshiftCore

/// What the run machine and people decide, written down: each change of an item asks for the state that it was decided for.
package struct Checkpoints: Sendable {
    let store: Store
}

extension Store {
    package var checkpoints: Checkpoints { Checkpoints(store: self) }
}

extension Checkpoints {
    /// Commits what the machine decided: one transaction, durable when this returns.
    package func record(
        _ transitions: [Transition], totals: RunTotals, in run: RunRecord, reservations: [OutputReservation] = [],
        directory: (any OutputPaths)? = nil
    ) async throws(StoreError) -> [ItemID: [ReservedPath]] {
        try await writeReserving(in: directory) { writer in
            let database = writer.database
            for transition in transitions {
                try writer.write(transition)
                if run.sharesResults {
                    try writer.makeIndependent(by: transition)
                    try writer.wakeFollowers(after: transition)
                }
                if run.hasSteps { try writer.wakeNextSteps(after: transition) }
            }
            var reserved: [ItemID: [ReservedPath]] = [:]
            for reservation in reservations {
                reserved[reservation.item] = try writer.reserve(reservation, run: run, in: directory)
            }
            try Activity(transitions, totals).add(to: run, database)
            let statement = try database.cachedStatement(
                sql: """
                    UPDATE run SET predictions = ?, predict_time = ?, retries = ?, throttles = ?, unbilled = ?, held_up = ?
                    WHERE id = ?
                    """
            )
            try statement.execute(arguments: [
                totals.predictions, totals.predictTime, totals.retries, totals.throttles, totals.unbilled,
                totals.blockedTime, run.id,
            ])
            for (step, spending) in totals.spending {
                try database.cachedStatement(
                    sql: "INSERT OR REPLACE INTO spending (run_id, step, predictions, predict_time) VALUES (?, ?, ?, ?)"
                ).execute(arguments: [run.id, step, spending.predictions, spending.predictTime])
            }
            return reserved
        }
    }

    /// Writes what reserves names, in one durable transaction.
    ///
    /// Files that have to step aside get their second names while nobody waits for the store: a transaction that finds out
    /// about some is undone, and done again when they have them. Their first names they lose when it is on disk.
    private func writeReserving<Value: Sendable>(
        in directory: (any OutputPaths)?, _ body: @Sendable (inout CheckpointWriter) throws -> Value
    ) async throws(StoreError) -> Value {
        var kept: [String: KeptFile] = [:]
        while true {
            let known = kept
            do {
                let value = try await store.pool.write { database in
                    var writer = CheckpointWriter(database: database, kept: known)
                    let value = try body(&writer)
                    let wanted = writer.kept.compactMapValues(\.name).filter { known[$0.key] != .moves(to: $0.value) }
                    guard directory == nil || wanted.isEmpty else { throw FilesStepAside(names: wanted) }
                    return value
                }
                if let directory, !known.isEmpty {
                    await DiskThreads.run {
                        for (path, file) in known { if let name = file.name { directory.release(path, keptAs: name) } }
                    }
                }
                return value
            } catch let wanted as FilesStepAside {
                let done = await DiskThreads.run {
                    wanted.names.map { path, other -> (String, KeptFile) in
                        let isKept = directory?.keep(path, as: other) ?? true
                        return (path, isKept ? .moves(to: other) : .stays)
                    }
                }
                kept.merge(done) { $1 }
            } catch {
                throw StoreError(error, path: store.path)
            }
        }
    }

    /// The paths that were reserved for an item's outputs by an earlier session.
    package func reservedPaths(of item: ItemID) async throws(StoreError) -> [ReservedPath] {
        try await store.read { database in
            try GRDB.Row.fetchAll(
                database, sql: "SELECT path, size FROM output WHERE item_id = ? ORDER BY place",
                arguments: [item.rawValue]
            ).map { ReservedPath(path: try OutputPath.checked($0["path"]), replaces: $0["size"] != nil) }
        }
    }

    /// Gives an output another path before its file is put there: the wished one, or one beside it that nothing has.
    package func move(
        outputAt place: Int, of item: ItemID, to wished: String, in run: RunRecord, directory: any OutputPaths
    ) async throws(StoreError) -> String {
        try await writeReserving(in: directory) { writer in
            try writer.move(place, of: item.rawValue, to: wished, run: run, in: directory)
        }
    }
}

/// The files that an item's outputs will have, fixed before anything is downloaded.
package struct OutputReservation: Hashable, Sendable {
    package var item: ItemID
    /// File names in order: made from the output name by the naming rules.
    package var paths: [String]
    /// The digests of their contents, where they are known already: a file that has the same need not step aside.
    package var contents: [String] = []

    package init(item: ItemID, paths: [String], contents: [String] = []) {
        self.item = item
        self.paths = paths
        self.contents = contents
    }
}

/// A file name that an output of an item has in the store.
package struct ReservedPath: Hashable, Sendable {
    package var path: String
    /// The store has had a whole file of its own there before, which may be replaced.
    package var replaces = false

    package init(path: String, replaces: Bool = false) {
        self.path = path
        self.replaces = replaces
    }
}

/// What a reservation may ask of the output directory.
package protocol OutputPaths: Sendable {
    /// Whether something lies at the path.
    func exists(_ path: String) -> Bool
    /// Whether nothing lies at the path, or a file of this very item.
    func isFree(_ path: String, for item: ItemID) -> Bool
    /// Gives the file at `path` a second name. It takes time.
    /// - Returns: whether it has the second name now, or is not there at all.
    func keep(_ path: String, as other: String) -> Bool
    /// Takes the first name from a file that has a second one.
    func release(_ path: String, keptAs other: String)
    /// Whether the file at `path` has the second name already, given before a crash.
    func isKept(_ path: String, as other: String) -> Bool
}

/// Files of withdrawn items that need second names, by their paths.
private struct FilesStepAside: Error {
    var names: [String: String]
}

import Foundation
import GRDB
import Synchronization

/// The digests of input files as they were read last, so that an unchanged file is not read again.
///
/// It is only a cache: a file of its own, without which every file is read once more.
package final class FileDigestCache: FileDigests {
    private let database: DatabaseQueue?
    private let added = Mutex<[Entry]>([])

    private struct Entry {
        var path: String
        var size: Int64
        var modifiedAt: Int64
        var sha256: String
    }

    private static let batch = 1000

    /// - Parameter path: the cache's file; one that cannot be used is done without.
    package init(path: String) {
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        // A link would lead to a file that is not this cache.
        database =
            (try? StoreFiles.check(path)) == nil ? nil : try? DatabaseQueue(path: path, configuration: configuration)
        try? database?.write { database in
            try database.execute(
                sql: """
                    CREATE TABLE IF NOT EXISTS file_digest (
                        path TEXT PRIMARY KEY, size INTEGER NOT NULL, modified_at INTEGER NOT NULL, sha256 TEXT NOT NULL
                    ) STRICT, WITHOUT ROWID
                    """
            )
        }
    }

    deinit {
        keep()
    }

    package func digest(path: String, size: Int64, modifiedAt: Int64) -> String? {
        try? database?.read { database in
            let statement = try database.cachedStatement(
                sql: "SELECT sha256 FROM file_digest WHERE path = ? AND size = ? AND modified_at = ?"
            )
            return try String.fetchOne(statement, arguments: [path, size, modifiedAt])
        }
    }

    package func add(path: String, size: Int64, modifiedAt: Int64, sha256: String) {
        let count = added.withLock { added in
            added.append(Entry(path: path, size: size, modifiedAt: modifiedAt, sha256: sha256))
            return added.count
        }
        if count >= FileDigestCache.batch { keep() }
    }

    /// Writes what was added; blocks.
    package func keep() {
        let entries = added.withLock { added in
            defer { added = [] }
            return added
        }
        guard !entries.isEmpty else { return }
        try? database?.write { database in
            let statement = try database.cachedStatement(sql: "INSERT OR REPLACE INTO file_digest VALUES (?, ?, ?, ?)")
            for entry in entries {
                try statement.execute(arguments: [entry.path, entry.size, entry.modifiedAt, entry.sha256])
            }
        }
    }
}

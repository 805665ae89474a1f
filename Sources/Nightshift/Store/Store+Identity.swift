import Foundation
import GRDB

extension Store {
    /// The name by which the store's files are known in a directory that it shares with other jobs: made once, and made anew
    /// for a copy of the store.
    package func identity() async throws(StoreError) -> String {
        let place = URL(filePath: path).resolvingSymlinksInPath().path(percentEncoded: false)
        let inode = Int64(bitPattern: UInt64((try? FileSystemCalls.status(of: place))?.st_ino ?? 0))
        return try await write { database in
            let known = try GRDB.Row.fetchOne(database, sql: "SELECT id, path, inode FROM identity")
            let isSame = known.map { $0["path"] == place || $0["inode"] == inode } ?? false
            let fresh = String(UInt64.random(in: .min ... .max), radix: 36)
            let id: String = isSame ? known?["id"] ?? fresh : fresh
            try database.execute(sql: "DELETE FROM identity")
            try database.execute(
                sql: "INSERT INTO identity (id, path, inode) VALUES (?, ?, ?)", arguments: [id, place, inode])
            return id
        }
    }

    /// The same for who only looks; `nil` before its first use.
    package func knownIdentity() async throws(StoreError) -> String? {
        try await read { try String.fetchOne($0, sql: "SELECT id FROM identity") }
    }
}

import GRDB
import NightshiftCore

extension Store {
    /// What was uploaded, for all sessions; a memory that fails costs another upload and nothing else.
    package var uploadMemory: UploadMemory {
        UploadMemory(
            recall: { key in
                try? await read { database in
                    try GRDB.Row.fetchOne(
                        database, sql: "SELECT url, expires_at FROM upload WHERE sha256 = ? AND media_type = ?",
                        arguments: [key.sha256, key.mediaType]
                    ).map { UploadedFile(url: $0["url"], expiresAt: Timestamp(milliseconds: $0["expires_at"])) }
                }
            },
            remember: { key, file in
                try? await write { database in
                    try database.execute(
                        sql: "INSERT OR REPLACE INTO upload (sha256, media_type, url, expires_at) VALUES (?, ?, ?, ?)",
                        arguments: [key.sha256, key.mediaType, file.url, file.expiresAt.milliseconds]
                    )
                }
            }
        )
    }
}

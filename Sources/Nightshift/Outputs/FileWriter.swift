import NightshiftCore

/// Writes a content that is in memory as a file: hidden part, fsync, rename, then one shared fsync of the folder.
struct FileWriter: Sendable {
    let directory: OutputDirectory
    let directorySync: DirectorySync

    /// A content and what it is.
    struct Content: Sendable {
        var bytes: [UInt8]
        var mediaType: String?
        /// The MD5 that the content must have, in hexadecimal, if its origin told one.
        var md5: String?
    }

    /// Makes the file; returns when it is whole on the disk under its final name.
    /// - Parameter content: called where blocking is allowed, so that decoding megabytes delays nobody.
    func write(
        index: Int, at relativePath: String,
        _ content: @escaping @Sendable () throws(FetchFailure) -> Content
    ) async throws(FetchFailure) -> StoredOutput {
        let directory = directory
        // One visit to the disk's threads for everything: a small file is worth no second one.
        let stored = try await DiskThreads.run { () throws(FetchFailure) in
            let content = try content()
            var hasher = ContentHasher(withMD5: content.md5 != nil)
            hasher.update(content.bytes)
            guard hasher.md5Text == content.md5 else {
                throw .corrupt("the md5 of '\(relativePath)' is not the one that its server announced")
            }
            let place = try directory.place(of: relativePath)
            try PartialFile.writeWhole(content.bytes, at: place)
            return StoredOutput(
                index: index, path: relativePath, size: Int64(content.bytes.count), sha256: hasher.sha256Text,
                mediaType: content.mediaType)
        }
        try await synchronizeFolder(of: relativePath)
        return stored
    }

    /// Makes the rename of a file durable.
    func synchronizeFolder(of relativePath: String) async throws(FetchFailure) {
        do throws(SystemCallError) {
            try await directorySync.synchronize(directory.folderPath(of: relativePath))
        } catch {
            throw .disk(error.message(doing: "synchronize"))
        }
    }
}

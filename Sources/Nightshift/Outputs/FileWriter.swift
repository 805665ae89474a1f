import NightshiftCore

/// Writes a content that is in memory as a file: whole on the disk before it has its name, then one shared fsync of the
/// folder.
struct FileWriter: Sendable {
    let directory: OutputDirectory
    let directorySync: DirectorySync

    /// A content and what it is.
    struct Content: Sendable {
        var bytes: [UInt8]
        /// Without one, the type that the name stands for.
        var mediaType: String?
        /// The extension that the file is to have, if its content has shown one.
        var fileExtension: String?

        init(bytes: [UInt8], mediaType: String?, fileExtension: String? = nil) {
            self.bytes = bytes
            self.mediaType = mediaType
            self.fileExtension = fileExtension
        }
    }

    /// Makes the file; returns when it is whole on the disk under its final name.
    ///
    /// - Parameter content: called where blocking is allowed, so that decoding megabytes delays nobody.
    func write(
        at target: OutputTarget, _ content: @escaping @Sendable () throws(FetchFailure) -> Content
    ) async throws(FetchFailure) -> StoredOutput {
        let directory = directory
        var target = target
        while true {
            let current = target
            // One visit to the disk's threads for everything: a small file is worth no second one.
            let attempt = try await DiskThreads.run { () throws(FetchFailure) in
                try Self.write(content(), at: current, in: directory)
            }
            switch attempt {
            case .stored(let stored):
                try await synchronizeFolder(of: stored.path)
                return stored
            case .wishes(let path): target.path = try await target.move(path)
            }
        }
    }

    private enum Attempt: Sendable {
        case stored(StoredOutput)
        /// The path that it should have instead, as far as that is free.
        case wishes(String)
    }

    private static func write(
        _ content: Content, at target: OutputTarget, in directory: OutputDirectory
    ) throws(FetchFailure) -> Attempt {
        if let fitting = target.path(withExtension: content.fileExtension) { return .wishes(fitting) }
        var hasher = ContentHasher(withMD5: false)
        hasher.update(content.bytes)
        let stored = StoredOutput(
            index: target.place, path: target.path, size: Int64(content.bytes.count), sha256: hasher.sha256Text,
            mediaType: content.mediaType)
        let isStored = try PartialFile.writeWhole(
            content.bytes, at: directory.place(of: target.path), for: target, sha256: stored.sha256)
        return isStored ? .stored(stored) : .wishes(target.path)
    }

    /// Makes the rename of a file durable.
    func synchronizeFolder(of relativePath: String) async throws(FetchFailure) {
        do throws(SystemCallError) {
            try await directorySync.synchronize(directory.folderPath(of: relativePath))
        } catch {
            throw FetchFailure(error, doing: "synchronize")
        }
    }
}

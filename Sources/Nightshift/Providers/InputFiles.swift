import NightshiftCore
import ReplicateAPI

/// Reads the files that items name, when they are sent: planning has only noted their size and digest.
struct InputFiles: Sendable {
    /// What relative paths start from: the manifest's directory.
    let directory: String

    /// A file as it was read.
    struct Content: Sendable {
        var bytes: [UInt8]
        var sha256: String
        var mediaType: String

        var dataURI: String { DataURI(mediaType: mediaType, bytes: bytes).text }
    }

    /// A file to upload from where it is.
    struct Location: Sendable {
        var path: String
        var name: String
        var size: Int64
        var sha256: String
        var mediaType: String
    }

    /// Reads a file as a whole.
    func read(_ file: ItemFile) async throws(ProviderError) -> Content {
        let path = path(of: file)
        let bytes = try await onDisk(file) { () throws(InputFileError) in
            try InputFile(path).readAll(upTo: Self.most(of: file))
        }
        let content = Content(
            bytes: bytes, sha256: ContentDigest.sha256(bytes), mediaType: MediaType.ofFile(named: file.path))
        try check(file, sha256: content.sha256)
        return content
    }

    /// Finds a file and its digest without holding it in memory.
    func locate(_ file: ItemFile) async throws(ProviderError) -> Location {
        let path = path(of: file)
        let (size, sha256) = try await onDisk(file) { () throws(InputFileError) in
            var hasher = ContentHasher(withMD5: false)
            var size = 0
            try InputFile(path).forEachChunk(failure: { $0 }) { chunk throws(InputFileError) in
                hasher.update(UnsafeRawBufferPointer(chunk))
                size += chunk.count
                return size < Self.most(of: file)
            }
            return (Int64(size), hasher.sha256Text)
        }
        try check(file, sha256: sha256)
        return Location(
            path: path, name: path.split(separator: "/").last.map(String.init) ?? "file", size: size, sha256: sha256,
            mediaType: MediaType.ofFile(named: path))
    }

    private func path(of file: ItemFile) -> String {
        file.path.hasPrefix("/") ? file.path : "\(directory)/\(file.path)"
    }

    /// Bytes that are read of a file: one more than it had when the job was planned shows that it has changed.
    private static func most(of file: ItemFile) -> Int { file.size + 1 }

    private func onDisk<Value: Sendable>(
        _ file: ItemFile, _ body: @escaping @Sendable () throws(InputFileError) -> Value
    ) async throws(ProviderError) -> Value {
        do throws(InputFileError) {
            return try await DiskThreads.run(body)
        } catch {
            throw ProviderError(
                .unreadableInput, "cannot read the input file '\(path(of: file))': \(error.reason)")
        }
    }

    private func check(_ file: ItemFile, sha256: String) throws(ProviderError) {
        guard file.sha256 != sha256 else { return }
        throw ProviderError(
            .unreadableInput,
            "the input file '\(file.path)' has changed since the job was planned; run it again to plan it anew")
    }
}

import Crypto
import NightshiftCore

/// What is remembered of a file between runs: while size and time are the same, its digest is.
package struct FileFingerprint: Hashable, Sendable {
    /// The path as this process reached it.
    package var path: String
    package var size: Int
    /// Nanoseconds since 1970.
    package var modifiedAt: Int

    package init(path: String, size: Int, modifiedAt: Int) {
        self.path = path
        self.size = size
        self.modifiedAt = modifiedAt
    }
}

/// Where digests of files are looked up before a file is read, and told when one was.
package struct FileDigests {
    package var known: (FileFingerprint) throws -> String?
    package var remember: (FileFingerprint, String) throws -> Void

    /// By default nothing is remembered from run to run.
    package init(
        known: @escaping (FileFingerprint) throws -> String? = { _ in nil },
        remember: @escaping (FileFingerprint, String) throws -> Void = { _, _ in }
    ) {
        self.known = known
        self.remember = remember
    }
}

/// Finds size and digest of the files that items name.
struct FileDigester {
    let directory: String
    let digests: FileDigests
    let checkpoint: () throws -> Void
    /// Files that many items name are looked up once; bounded, because there may be millions of others.
    private var recent: [String: (sha256: String, size: Int)] = [:]
    private static let recentCount = 4096

    init(directory: String, digests: FileDigests, checkpoint: @escaping () throws -> Void) {
        self.directory = directory
        self.digests = digests
        self.checkpoint = checkpoint
    }

    /// - Throws: ``RenderError`` if the file cannot be sent, or what the caches throw.
    mutating func digest(of reference: FileReference) throws -> (sha256: String, size: Int) {
        if let boundary = reference.boundary { try check(reference, isInside: boundary) }
        if let found = recent[reference.path] { return found }
        let path = RealPath.join(directory, reference.path)
        func failure(_ error: InputFileError) -> any Error {
            RenderError(
                "cannot read the file '\(reference.path)': \(error.reason)", at: reference.location,
                help: reference.path.hasPrefix("/") ? nil : "the path starts from the manifest's directory")
        }
        let file: InputFile
        do throws(InputFileError) {
            file = try InputFile(path)
        } catch {
            throw failure(error)
        }
        let fingerprint = FileFingerprint(path: path, size: file.status.size, modifiedAt: file.status.modifiedAt)
        let sha256: String
        if let known = try digests.known(fingerprint) {
            sha256 = known
        } else {
            var hasher = SHA256()
            try file.forEachChunk(failure: failure) { chunk in
                try checkpoint()
                hasher.update(bufferPointer: UnsafeRawBufferPointer(chunk))
                return true
            }
            sha256 = ContentDigest.hex(hasher.finalize())
            try digests.remember(fingerprint, sha256)
        }
        if recent.count >= FileDigester.recentCount { recent.removeAll(keepingCapacity: true) }
        recent[reference.path] = (sha256, fingerprint.size)
        return (sha256, fingerprint.size)
    }

    /// A row's value may name a link; what it leads to must be where the manifest said.
    private func check(_ reference: FileReference, isInside boundary: String) throws(RenderError) {
        let path = RealPath.join(directory, reference.path)
        // A missing file is told by opening it.
        guard let real = RealPath.of(path) else { return }
        guard let base = RealPath.of(RealPath.join(directory, boundary)), RealPath.isInside(real, base) else {
            let named = boundary.isEmpty ? "the manifest's directory" : "'\(boundary)'"
            throw RenderError(
                "the file '\(reference.path)' is a symbolic link that leads out of \(named)",
                at: reference.location, help: "name the directory where the file really is")
        }
    }
}

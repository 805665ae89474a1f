import Crypto
import NightshiftCore

/// What is remembered of files between runs: while size and time are the same, so is the digest.
package protocol FileDigests: Sendable {
    /// The SHA-256 of the file's content in lower-case hex, if it was read when it had this size and time.
    ///
    /// - Parameters:
    ///   - path: the path as this process reached it.
    ///   - modifiedAt: nanoseconds since 1970.
    func digest(path: String, size: Int64, modifiedAt: Int64) -> String?

    /// Remembers the digest of a file that was read just now.
    func add(path: String, size: Int64, modifiedAt: Int64, sha256: String)
}

/// Remembers nothing: every file is read.
package struct NoFileDigests: FileDigests {
    package init() {}

    package func digest(path: String, size: Int64, modifiedAt: Int64) -> String? { nil }

    package func add(path: String, size: Int64, modifiedAt: Int64, sha256: String) {}
}

/// A file that an item names, as it was found.
struct FoundFile {
    /// As the file system has it, relative to the manifest's directory.
    var path: String
    var sha256: String
    var size: Int
}

/// Finds size and digest of the files that items name.
struct FileDigester {
    let directory: String
    let digests: any FileDigests
    let checkpoint: () throws -> Void
    /// Files that many items name are looked up once; bounded, because there may be millions of others.
    private var recent: [ExactText: FoundFile] = [:]
    private static let recentCount = 4096

    init(directory: String, digests: any FileDigests, checkpoint: @escaping () throws -> Void) {
        self.directory = directory
        self.digests = digests
        self.checkpoint = checkpoint
    }

    /// - Throws: ``RenderError`` if the file cannot be sent, or what `checkpoint` throws.
    mutating func digest(of reference: FileReference) throws -> FoundFile {
        var reference = reference
        let name = ExactText(reference.path)
        if reference.boundary == nil, let found = recent[name] { return found }
        if RealPath.of(RealPath.join(directory, reference.path)) == nil,
            let other = PathAdvice(reference.path, in: directory).sameName
        {
            reference.path = other
        }
        if let boundary = reference.boundary, !reference.followsLinks { try check(reference, isInside: boundary) }
        if let found = recent[name] { return found }
        let path = RealPath.join(directory, reference.path)
        func failure(_ error: InputFileError) -> any Error {
            RenderError(
                "cannot read the file '\(reference.path)': \(error.reason)", at: reference.location,
                help: RealPath.of(path) == nil ? PathAdvice(reference.path, in: directory).text : nil, subject: .file)
        }
        let file: InputFile
        do throws(InputFileError) {
            file = try InputFile(path)
        } catch {
            throw failure(error)
        }
        let status = file.status
        let (size, modifiedAt) = (Int64(status.size), Int64(status.modifiedAt))
        let sha256: String
        if let known = digests.digest(path: path, size: size, modifiedAt: modifiedAt) {
            sha256 = known
        } else {
            var hasher = SHA256()
            try file.forEachChunk(failure: failure) { chunk in
                try checkpoint()
                hasher.update(bufferPointer: UnsafeRawBufferPointer(chunk))
                return true
            }
            sha256 = ContentDigest.hex(hasher.finalize())
            digests.add(path: path, size: size, modifiedAt: modifiedAt, sha256: sha256)
        }
        if recent.count >= FileDigester.recentCount { recent.removeAll(keepingCapacity: true) }
        let found = FoundFile(path: reference.path, sha256: sha256, size: status.size)
        recent[name] = found
        return found
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
                at: reference.location,
                help: "name the directory where the file really is, or allow such links with: links: follow",
                subject: .file)
        }
    }
}

import Crypto
import Foundation
import LosslessJSON
import ReplicateAPI
import Synchronization

/// A file that a client uploaded.
struct UploadedFile: Hashable, Sendable {
    var id: String
    var name: String
    var contentType: String
    var metadata: JSONValue
    var createdAt: ServerTime
    var stored: StoredFile

    var expiresAt: ServerTime { createdAt.advanced(by: .seconds(24 * 3600)) }
}

/// The files that clients uploaded, for 24 hours; their bytes are in a temporary folder.
final class FileStore: Sendable {
    private struct State {
        var folder: String?
        var files: [UploadedFile] = []
    }

    private let state = Mutex(State())
    private let clock: ServerClock

    init(clock: ServerClock) {
        self.clock = clock
    }

    func makeWriter(limit: Int) throws -> FileWriter {
        let folder = try state.withLock { state in
            let folder = try state.folder ?? TemporaryFolder.make()
            state.folder = folder
            return folder
        }
        return try FileWriter(path: "\(folder)/\(UUID().uuidString)", limit: limit)
    }

    func add(_ stored: StoredFile, name: String, contentType: String, metadata: JSONValue) -> UploadedFile {
        let file = UploadedFile(
            id: Data(UUID().uuidString.lowercased().utf8).base64EncodedString(), name: name, contentType: contentType,
            metadata: metadata, createdAt: clock.now, stored: stored)
        removeExpired()
        state.withLock { $0.files.append(file) }
        return file
    }

    func file(_ id: String) -> UploadedFile? {
        let now = clock.now
        return state.withLock { $0.files.first { $0.id == id && now < $0.expiresAt } }
    }

    /// Newest first.
    var all: [UploadedFile] {
        let now = clock.now
        return state.withLock { $0.files.filter { now < $0.expiresAt }.reversed() }
    }

    func delete(_ id: String) -> Bool {
        guard let file = file(id) else { return false }
        state.withLock { $0.files.removeAll { $0.id == id } }
        TemporaryFolder.remove([file.stored.path])
        return true
    }

    func removeAll() {
        let folder = state.withLock { state in
            defer { state = State() }
            return state.folder
        }
        if let folder { TemporaryFolder.remove([folder]) }
    }

    private func removeExpired() {
        let now = clock.now
        let expired = state.withLock { state in
            let expired = state.files.filter { $0.expiresAt <= now }
            state.files.removeAll { $0.expiresAt <= now }
            return expired
        }
        TemporaryFolder.remove(expired.map(\.stored.path))
    }
}

/// Writes a file as its bytes arrive, and counts and hashes them on the way.
struct FileWriter {
    struct TooLarge: Error {}

    let path: String
    private let limit: Int
    private let handle: FileHandle
    private var size = 0
    private var md5 = Insecure.MD5()
    private var sha256 = SHA256()

    init(path: String, limit: Int) throws {
        self.path = path
        self.limit = limit
        guard FileManager.default.createFile(atPath: path, contents: nil) else {
            throw EmbeddedServerError("cannot write '\(path)'")
        }
        handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    }

    mutating func write(_ bytes: [UInt8]) throws {
        size += bytes.count
        guard size <= limit else { throw TooLarge() }
        md5.update(data: bytes)
        sha256.update(data: bytes)
        try handle.write(contentsOf: bytes)
    }

    func finish() throws -> StoredFile {
        try handle.close()
        return StoredFile(
            path: path, size: size, md5: md5.finalize().hexText, sha256: sha256.finalize().hexText)
    }

    func discard() {
        try? handle.close()
        TemporaryFolder.remove([path])
    }
}

extension StoredFile {
    /// Hashes a file that is there already.
    init(hashing path: String) throws {
        let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        defer { try? handle.close() }
        var md5 = Insecure.MD5()
        var sha256 = SHA256()
        var size = 0
        while let chunk = try handle.read(upToCount: 1 << 20), !chunk.isEmpty {
            size += chunk.count
            md5.update(data: chunk)
            sha256.update(data: chunk)
        }
        self.init(path: path, size: size, md5: md5.finalize().hexText, sha256: sha256.finalize().hexText)
    }
}

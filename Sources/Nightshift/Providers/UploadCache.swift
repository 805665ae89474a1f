package import NightshiftCore
import Synchronization

/// A file that lies at the provider, ready to be named in inputs.
package struct UploadedFile: Hashable, Sendable {
    package var url: String
    /// When the provider removes it.
    package var expiresAt: Timestamp

    package init(url: String, expiresAt: Timestamp) {
        self.url = url
        self.expiresAt = expiresAt
    }
}

/// What makes two uploads the same: the media type travels with the file, and models go by it.
package struct UploadKey: Hashable, Sendable {
    package var sha256: String
    package var mediaType: String

    package init(sha256: String, mediaType: String) {
        self.sha256 = sha256
        self.mediaType = mediaType
    }
}

/// What outlives the process of what was uploaded; the store provides it.
package struct UploadMemory: Sendable {
    package var recall: @Sendable (UploadKey) async -> UploadedFile?
    package var remember: @Sendable (UploadKey, UploadedFile) async -> Void

    package init(
        recall: @escaping @Sendable (UploadKey) async -> UploadedFile?,
        remember: @escaping @Sendable (UploadKey, UploadedFile) async -> Void
    ) {
        self.recall = recall
        self.remember = remember
    }

    /// Remembers nothing beyond the process.
    package static let none = UploadMemory(recall: { _ in nil }, remember: { _, _ in })
}

/// Uploads each distinct content once, however many items name it at the same time.
final class UploadCache: Sendable {
    private enum Turn: Sendable {
        case lead
        case done(UploadedFile)
    }

    private enum Entry {
        case uploading(waiters: [UnsafeContinuation<Turn, Never>])
        case uploaded(UploadedFile)
    }

    /// A prediction may wait in a queue before its model fetches the file.
    private static let margin: Duration = .seconds(3600)

    private let entries = Mutex<[UploadKey: Entry]>([:])
    private let memory: UploadMemory
    private let now: @Sendable () -> Timestamp

    init(memory: UploadMemory, now: @escaping @Sendable () -> Timestamp) {
        self.memory = memory
        self.now = now
    }

    /// The address of a content, uploading it if that was not done or is too long ago.
    func url(
        of key: UploadKey, upload: () async throws(ProviderError) -> UploadedFile
    ) async throws(ProviderError) -> String {
        let turn = await withUnsafeContinuation { continuation in
            let turn = entries.withLock { entries -> Turn? in
                switch entries[key] {
                case .uploaded(let file) where isUsable(file): return .done(file)
                case .uploading(let waiters):
                    entries[key] = .uploading(waiters: waiters + [continuation])
                    return nil
                case .uploaded, nil:
                    entries[key] = .uploading(waiters: [])
                    return .lead
                }
            }
            if let turn { continuation.resume(returning: turn) }
        }
        if case .done(let file) = turn { return file.url }
        do throws(ProviderError) {
            let file: UploadedFile
            if let known = await memory.recall(key), isUsable(known) {
                file = known
            } else {
                file = try await upload()
                await memory.remember(key, file)
            }
            finish(key, file)
            return file.url
        } catch {
            handOver(key)
            throw error
        }
    }

    private func isUsable(_ file: UploadedFile) -> Bool {
        file.expiresAt > now().advanced(by: UploadCache.margin)
    }

    private func finish(_ key: UploadKey, _ file: UploadedFile) {
        let waiters = entries.withLock { entries -> [UnsafeContinuation<Turn, Never>] in
            defer { entries[key] = .uploaded(file) }
            return if case .uploading(let waiters) = entries[key] { waiters } else { [] }
        }
        for waiter in waiters { waiter.resume(returning: .done(file)) }
    }

    /// After a failure the next in line tries for itself: the cause may have been the first one's alone.
    private func handOver(_ key: UploadKey) {
        let next = entries.withLock { entries -> UnsafeContinuation<Turn, Never>? in
            guard case .uploading(let waiters) = entries[key], let first = waiters.first else {
                entries[key] = nil
                return nil
            }
            entries[key] = .uploading(waiters: Array(waiters.dropFirst()))
            return first
        }
        next?.resume(returning: .lead)
    }
}

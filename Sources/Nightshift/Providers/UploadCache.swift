package import NightshiftCore
import Replicate

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
struct UploadCache: Sendable {
    /// A prediction may wait in a queue before its model fetches the file.
    private static let margin: Duration = .seconds(3600)

    private let uploads = OncePerKey<UploadKey, UploadedFile>()
    private let memory: UploadMemory
    /// By the provider's clock, which stamps what expires.
    private let now: @Sendable () -> Timestamp

    init(memory: UploadMemory, now: @escaping @Sendable () -> Timestamp) {
        self.memory = memory
        self.now = now
    }

    /// The address of a content, uploading it if that was not done or is too long ago.
    func url(
        of key: UploadKey, upload: () async throws(ProviderError) -> UploadedFile
    ) async throws(ProviderError) -> String {
        let file = try await uploads.value(of: key, isUsable: isUsable) { () async throws(ProviderError) in
            if let known = await memory.recall(key), isUsable(known) { return known }
            let file = try await upload()
            await memory.remember(key, file)
            return file
        }
        return file.url
    }

    private func isUsable(_ file: UploadedFile) -> Bool {
        file.expiresAt > now().advanced(by: Self.margin)
    }
}

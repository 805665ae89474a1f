import NightshiftCore
import Replicate

/// What one download has received so far, over all its tries.
///
/// A small file stays in memory until it is whole; a larger one goes to its part in pieces of ``bufferSize``.
struct Transfer: Sendable {
    static let bufferSize = 256 * 1024

    /// What the head of an answer tells about the whole file.
    struct Description: Hashable, Sendable {
        /// The length of the whole, if announced.
        var length: Int64?
        /// The strong validator, the only kind that `If-Range` may use.
        var etag: String?
        var mediaType: String?

        /// The MD5 of the whole, where the ETag is one: 32 hexadecimal digits in quotes, as single-part objects have.
        var md5: String? {
            guard let etag, etag.utf8.count == 34, etag.hasPrefix("\""), etag.hasSuffix("\"") else { return nil }
            let digits = etag.dropFirst().dropLast().lowercased()
            return digits.utf8.allSatisfy(isHexadecimal) ? digits : nil
        }
    }

    private(set) var description = Description()
    private(set) var buffer: [UInt8] = []
    private(set) var partial: PartialFile?
    /// How often bytes that had come were thrown away: the bound that progress does not reset.
    private(set) var restarts = 0

    /// The bytes received so far.
    var length: Int64 { (partial?.length ?? 0) + Int64(buffer.count) }

    /// Whether the next try can ask for the rest only.
    var canResume: Bool { length > 0 && description.etag != nil }

    var isTooLong: Bool { description.length.map { length > $0 } ?? false }
    var isTooShort: Bool { description.length.map { length < $0 } ?? false }

    /// Forgets what was received, for an answer that begins at the first byte again.
    mutating func startOver(_ description: Description = Description()) {
        if length > 0 { restarts += 1 }
        partial?.remove()
        partial = nil
        buffer.removeAll(keepingCapacity: true)
        self.description = description
    }

    mutating func receive(_ bytes: [UInt8]) {
        if buffer.isEmpty { buffer = bytes } else { buffer.append(contentsOf: bytes) }
    }

    /// Continues a part that an earlier process left, if there is one for the very content that is announced.
    mutating func adoptPart(at relativePath: String, in directory: OutputDirectory) async throws(FetchFailure) -> Bool {
        guard let md5 = description.md5, let length = description.length, length > Transfer.bufferSize else {
            return false
        }
        partial = try await DiskThreads.run { () throws(FetchFailure) in
            try PartialFile(resuming: directory.place(of: relativePath), content: md5, below: length)
        }
        return partial != nil
    }

    /// Moves what is in memory to the part.
    mutating func flush(to relativePath: String, in directory: OutputDirectory) async throws(FetchFailure) {
        let (bytes, current, md5) = (buffer, partial, description.md5)
        partial = try await DiskThreads.run { () throws(FetchFailure) in
            var partial: PartialFile
            if let current {
                partial = current
            } else {
                partial = try PartialFile(at: directory.place(of: relativePath), content: md5)
            }
            do throws(FetchFailure) {
                try partial.append(bytes)
            } catch {
                if md5 == nil { partial.remove() }
                throw error
            }
            return partial
        }
        buffer.removeAll(keepingCapacity: true)
    }
}

private func isHexadecimal(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
    default: false
    }
}

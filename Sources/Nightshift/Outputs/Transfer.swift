import NightshiftCore
import Replicate

/// What one download has received so far, over all its tries.
///
/// A small file stays in memory until it is whole; a larger one goes to its part in pieces of ``bufferSize``.
struct Transfer: Sendable {
    static let bufferSize = 256 * 1024

    /// What the head of an answer tells about the whole file.
    struct Entity: Hashable, Sendable {
        /// The length of the whole as it is sent, if announced.
        var length: Int64?
        /// The strong validator, the only kind that `If-Range` may use.
        var etag: String?
        var mediaType: String?
        var coding = ContentCoding(nil)

        /// The MD5 of the whole, where the ETag is one: 32 hexadecimal digits in quotes, as single-part objects have.
        var md5: String? {
            guard let etag, etag.utf8.count == 34, etag.hasPrefix("\""), etag.hasSuffix("\"") else { return nil }
            let digits = etag.dropFirst().dropLast().lowercased()
            return digits.utf8.allSatisfy(isHexadecimal) ? digits : nil
        }
    }

    private(set) var entity = Entity()
    private(set) var buffer: [UInt8] = []
    private(set) var partial: PartialFile?
    /// How often bytes that had come were thrown away: the bound that progress does not reset.
    private(set) var restarts = 0
    /// Where the part ends that the answer at hand brings; `nil` if it brings all that is left.
    private var partEnd: Int64?
    /// The server answers with parts though it was asked for the whole.
    private var sendsParts = false
    /// What came of a compressed content, as it was sent.
    private var encodedLength: Int64 = 0
    private var encodedHasher: ContentHasher?

    /// The bytes received so far.
    var length: Int64 { (partial?.length ?? 0) + Int64(buffer.count) }

    /// Whether the next try can ask for the rest only. Of a compressed content the rest alone cannot be unpacked.
    var canResume: Bool {
        length > 0 && entity.coding.isPlain && (entity.etag != nil || sendsParts)
    }

    /// The first byte that the next answer should bring.
    var resumedFrom: Int64 { canResume ? length : 0 }

    private var received: Int64 { entity.coding.isPlain ? length : encodedLength }

    var isTooLong: Bool {
        guard let end = partEnd ?? entity.length else { return false }
        return received > end
    }

    var isTooShort: Bool {
        guard let end = partEnd ?? entity.length else { return false }
        return received < end
    }

    /// Whether the answer has brought all that it was to bring, and more of the file is to follow.
    var wantsMore: Bool {
        guard let partEnd, received == partEnd else { return false }
        return entity.length.map { received < $0 } ?? true
    }

    /// Whether only the server's refusal of a further part can tell that all is there.
    var hasOpenEnd: Bool { sendsParts && entity.length == nil && length > 0 }

    /// Forgets what was received, for an answer that begins at the first byte again.
    mutating func startOver(_ entity: Entity = Entity()) {
        if length > 0 || encodedLength > 0 { restarts += 1 }
        partial?.remove()
        partial = nil
        buffer.removeAll(keepingCapacity: true)
        self.entity = entity
        partEnd = nil
        sendsParts = false
        encodedLength = 0
        encodedHasher = !entity.coding.isPlain && entity.md5 != nil ? ContentHasher(withMD5: true) : nil
    }

    /// The answer brings a part, from where it was asked for.
    mutating func expect(_ range: ContentRange) {
        partEnd = range.end
        if entity.length == nil { entity.length = range.total }
    }

    /// The answer brings a part, though it was asked for the whole.
    mutating func beginWithPart() { sendsParts = true }

    mutating func receiveEncoded(_ bytes: [UInt8]) {
        encodedLength += Int64(bytes.count)
        encodedHasher?.update(bytes)
    }

    /// Whether the content is not the one that the server's ETag names. Of a compressed one that may be the MD5 of what was
    /// sent, or of what it unpacks to, depending on who compressed it.
    var isCorrupt: Bool {
        guard let md5 = entity.md5 else { return false }
        if encodedHasher?.md5Text == md5 { return false }
        var hasher = partial?.hasher ?? ContentHasher(withMD5: true)
        hasher.update(buffer)
        return hasher.md5Text != md5
    }

    /// The first bytes, by which the content is recognized.
    var head: [UInt8] { partial?.head ?? Array(buffer.prefix(ContentKind.headLength)) }

    mutating func receive(_ bytes: [UInt8]) {
        if buffer.isEmpty { buffer = bytes } else { buffer.append(contentsOf: bytes) }
    }

    /// Continues a part that an earlier process left, if there is one for the very content that is announced.
    mutating func adoptPart(
        for target: OutputTarget, in directory: OutputDirectory
    ) async throws(FetchFailure) -> Bool {
        guard let md5 = entity.md5, let length = entity.length, length > Transfer.bufferSize,
            entity.coding.isPlain
        else { return false }
        partial = try await DiskThreads.run { () throws(FetchFailure) in
            try PartialFile(resuming: directory.place(of: target.path), for: target, content: md5, below: length)
        }
        return partial != nil
    }

    /// Whether what is on the disk is worth something to another process.
    var leavesPart: Bool { entity.md5 != nil && entity.coding.isPlain }

    /// Moves what is in memory to the part.
    mutating func flush(to target: OutputTarget, in directory: OutputDirectory) async throws(FetchFailure) {
        let (bytes, current, md5, leavesPart) = (buffer, partial, entity.md5, leavesPart)
        partial = try await DiskThreads.run { () throws(FetchFailure) in
            var partial: PartialFile
            if let current {
                partial = current
            } else {
                partial = try PartialFile(
                    at: directory.place(of: target.path), for: target, content: leavesPart ? md5 : nil,
                    withMD5: md5 != nil)
            }
            do throws(FetchFailure) {
                try partial.append(bytes)
            } catch {
                if !leavesPart { partial.remove() }
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

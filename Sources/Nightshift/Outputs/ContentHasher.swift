import Crypto
import NightshiftCore

/// The digests of a content that grows: SHA-256 for our records, MD5 where a server's ETag names it.
struct ContentHasher: Sendable {
    private var sha256 = SHA256()
    private var md5: Insecure.MD5?

    init(withMD5: Bool) {
        md5 = withMD5 ? Insecure.MD5() : nil
    }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        sha256.update(bufferPointer: bytes)
        md5?.update(bufferPointer: bytes)
    }

    mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    var sha256Text: String { ContentDigest.hex(sha256.finalize()) }
    var md5Text: String? { md5.map { ContentDigest.hex($0.finalize()) } }
}

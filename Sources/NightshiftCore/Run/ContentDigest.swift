import Crypto
import ReplicateAPI

/// SHA-256 in lower-case hex, as keys, digests and file checks write it.
package enum ContentDigest {
    package static func sha256(_ bytes: some Sequence<UInt8>) -> String {
        var hasher = SHA256()
        if bytes.withContiguousStorageIfAvailable({ hasher.update(bufferPointer: UnsafeRawBufferPointer($0)) }) == nil {
            hasher.update(data: Array(bytes))
        }
        return hex(hasher.finalize())
    }

    /// The digest of bytes, or the first half of it, which is enough to tell contents apart.
    package static func sha256(_ bytes: [UInt8], halved: Bool) -> String {
        var hasher = SHA256()
        bytes.withUnsafeBytes { hasher.update(bufferPointer: $0) }
        return hasher.finalize().withUnsafeBytes { digest in
            UnsafeRawBufferPointer(rebasing: halved ? digest.prefix(16) : digest[...]).hexText
        }
    }

    /// 26 letters and digits, the form of the platform's own ids.
    package static func identifier(of text: String) -> String {
        let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)
        let letters = SHA256.hash(data: Array(text.utf8)).prefix(26).map { alphabet[Int($0 & 31)] }
        return String(decoding: letters, as: UTF8.self)
    }

    package static func hex(_ digest: some Sequence<UInt8>) -> String {
        digest.hexText
    }
}

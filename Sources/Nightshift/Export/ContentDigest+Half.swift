import Crypto
import NightshiftCore

extension ContentDigest {
    /// The first 16 bytes of the digest: enough to tell contents apart, and a million of them are small.
    static func half(of bytes: [UInt8]) -> SIMD2<UInt64> {
        var half = SIMD2<UInt64>()
        for (index, byte) in SHA256.hash(data: bytes).prefix(16).enumerated() {
            half[index / 8] = half[index / 8] << 8 | UInt64(byte)
        }
        return half
    }

    static func half(of text: String) -> SIMD2<UInt64> { half(of: Array(text.utf8)) }
}

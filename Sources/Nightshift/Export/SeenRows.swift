import Crypto
import LosslessJSON

/// The rows that were written already: a matrix makes several items of one row, which must not be run twice for it.
///
/// 16 bytes of digest a row keep a million of them small.
struct SeenRows {
    private var digests: Set<SIMD2<UInt64>> = []

    /// Returns `false` for a row that was there before.
    mutating func insert(_ row: JSONValue) -> Bool {
        var digest = SIMD2<UInt64>()
        for (index, byte) in SHA256.hash(data: row.canonicalBytes()).prefix(16).enumerated() {
            digest[index / 8] = digest[index / 8] << 8 | UInt64(byte)
        }
        return digests.insert(digest).inserted
    }
}

import LosslessJSON
import NightshiftCore

/// The rows that were written already: a matrix makes several items of one row, which must not be run twice for it.
///
/// 16 bytes of digest a row keep a million of them small.
struct SeenRows {
    private var digests: Set<SIMD2<UInt64>> = []

    /// Returns `false` for a row that was there before.
    mutating func insert(_ row: JSONValue) -> Bool {
        digests.insert(ContentDigest.half(of: row.canonicalBytes())).inserted
    }
}

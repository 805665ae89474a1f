/// A prediction's id: 26 letters and digits outside, 16 bytes inside.
struct PredictionID: Hashable, Sendable {
    private let high: UInt64
    private let low: UInt64

    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    init(using generator: inout some RandomNumberGenerator) {
        high = generator.next()
        low = generator.next()
    }

    /// Reads an id; `nil` for a text that can be none.
    init?(_ text: String) {
        guard text.utf8.count == 26 else { return nil }
        var value: UInt128 = 0
        for (index, byte) in text.utf8.enumerated() {
            guard let digit = Self.alphabet.firstIndex(of: byte), index > 0 || digit < 8 else { return nil }
            value = value << 5 | UInt128(digit)
        }
        high = UInt64(truncatingIfNeeded: value >> 64)
        low = UInt64(truncatingIfNeeded: value)
    }

    var bytes: [UInt8] {
        var value = UInt128(high) << 64 | UInt128(low)
        var bytes = [UInt8](repeating: 0, count: 26)
        for index in (0..<26).reversed() {
            bytes[index] = Self.alphabet[Int(truncatingIfNeeded: value & 31)]
            value >>= 5
        }
        return bytes
    }

    var text: String {
        String(decoding: bytes, as: UTF8.self)
    }
}

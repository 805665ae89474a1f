/// Finds escapes in JSON that are half of a character: `\ud83d` without `\ude00`.
enum JSONSurrogates {
    /// Where the first such escape begins.
    static func firstLone(in bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        var index = 0
        while index + 1 < bytes.count {
            guard bytes[index] == UInt8(ascii: "\\") else {
                index += 1
                continue
            }
            guard let unit = unit(in: bytes, at: index) else {
                // The escape of a backslash takes the next one with it.
                index += 2
                continue
            }
            if (0xDC00...0xDFFF).contains(unit) { return index }
            guard (0xD800...0xDBFF).contains(unit) else {
                index += 6
                continue
            }
            guard let next = self.unit(in: bytes, at: index + 6), (0xDC00...0xDFFF).contains(next) else { return index }
            index += 12
        }
        return nil
    }

    /// The number of a `\uXXXX` that begins at `index`.
    private static func unit(in bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> UInt32? {
        guard index + 5 < bytes.count, bytes[index] == UInt8(ascii: "\\"), bytes[index + 1] == UInt8(ascii: "u") else {
            return nil
        }
        return UInt32(String(decoding: bytes[(index + 2)..<(index + 6)], as: UTF8.self), radix: 16)
    }
}

/// How large a picture is, in pixels, by the first bytes of its file.
package struct PictureSize: Hashable, Sendable {
    package var width: Int
    package var height: Int

    /// How many bytes tell the size of all but unusual pictures.
    package static let headLength = 65_536

    package init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }

    /// - Parameter head: the file's first bytes, up to ``headLength``.
    /// - Returns: `nil` for what is no PNG, JPEG, GIF, WebP or BMP, or does not tell its size there.
    package init?(ofHead head: [UInt8]) {
        let bytes = PictureHead(bytes: head)
        guard let (width, height) = bytes.png ?? bytes.gif ?? bytes.webP ?? bytes.bmp ?? bytes.jpeg,
            width > 0, height > 0
        else { return nil }
        self.width = width
        self.height = height
    }
}

private struct PictureHead {
    let bytes: [UInt8]

    private func has(_ text: String, at offset: Int = 0) -> Bool {
        let wanted = Array(text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) })
        guard bytes.count >= offset + wanted.count else { return false }
        return bytes[offset..<offset + wanted.count].elementsEqual(wanted)
    }

    private func big(_ offset: Int, _ count: Int) -> Int? {
        guard bytes.count >= offset + count else { return nil }
        return bytes[offset..<offset + count].reduce(0) { $0 << 8 | Int($1) }
    }

    private func little(_ offset: Int, _ count: Int) -> Int? {
        guard bytes.count >= offset + count else { return nil }
        return bytes[offset..<offset + count].reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    private func both(_ width: Int?, _ height: Int?) -> (Int, Int)? {
        guard let width, let height else { return nil }
        return (width, height)
    }

    var png: (Int, Int)? { has("\u{89}PNG\r\n\u{1A}\n") ? both(big(16, 4), big(20, 4)) : nil }

    var gif: (Int, Int)? { has("GIF8") ? both(little(6, 2), little(8, 2)) : nil }

    var bmp: (Int, Int)? {
        guard has("BM"), let height = little(22, 4) else { return nil }
        // Pictures that are stored from the top down have a negative height.
        return both(little(18, 4), abs(Int(Int32(truncatingIfNeeded: height))))
    }

    var webP: (Int, Int)? {
        guard has("RIFF"), has("WEBP", at: 8) else { return nil }
        if has("VP8X", at: 12) { return both(little(24, 3).map { $0 + 1 }, little(27, 3).map { $0 + 1 }) }
        if has("VP8 ", at: 12) { return both(little(26, 2).map { $0 & 0x3FFF }, little(28, 2).map { $0 & 0x3FFF }) }
        guard has("VP8L", at: 12), let bits = little(21, 4) else { return nil }
        return ((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    }

    /// A picture's frame tells its size; other segments are skipped by their lengths.
    var jpeg: (Int, Int)? {
        guard has("\u{FF}\u{D8}\u{FF}") else { return nil }
        var offset = 2
        while let marker = big(offset, 2), marker >> 8 == 0xFF {
            let kind = marker & 0xFF
            if kind == 0xFF {
                offset += 1
                continue
            }
            if (0xC0...0xCF).contains(kind), ![0xC4, 0xC8, 0xCC].contains(kind) {
                return both(big(offset + 7, 2), big(offset + 5, 2))
            }
            if kind == 0x01 || (0xD0...0xD8).contains(kind) {
                offset += 2
                continue
            }
            guard kind != 0xDA, kind != 0xD9, let length = big(offset + 2, 2), length >= 2 else { return nil }
            offset += 2 + length
        }
        return nil
    }
}

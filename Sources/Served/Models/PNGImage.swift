/// Writes pictures as PNG: eight bits a channel, rows filtered by their differences, compressed by a small deflate.
struct PNGImage {
    let width: Int
    let height: Int
    /// Red, green, blue for each pixel, row by row.
    var pixels: [UInt8]

    init(width: Int, height: Int) {
        self.width = width
        self.height = height
        pixels = [UInt8](repeating: 0, count: width * height * 3)
    }

    func encoded() -> [UInt8] {
        var file: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        appendChunk("IHDR", bigEndian(UInt32(width)) + bigEndian(UInt32(height)) + [8, 2, 0, 0, 0], to: &file)
        appendChunk("IDAT", Deflate.zlib(filtered()), to: &file)
        appendChunk("IEND", [], to: &file)
        return file
    }

    /// Each row as its difference from the row above: smooth pictures become runs of small numbers.
    private func filtered() -> [UInt8] {
        let stride = width * 3
        var rows: [UInt8] = []
        rows.reserveCapacity((stride + 1) * height)
        for row in 0..<height {
            rows.append(row == 0 ? 0 : 2)
            let start = row * stride
            for index in start..<start + stride {
                rows.append(row == 0 ? pixels[index] : pixels[index] &- pixels[index - stride])
            }
        }
        return rows
    }

    private func appendChunk(_ type: String, _ data: [UInt8], to file: inout [UInt8]) {
        let body = Array(type.utf8) + data
        file += bigEndian(UInt32(data.count))
        file += body
        file += bigEndian(CRC32.of(body))
    }

    private func bigEndian(_ value: UInt32) -> [UInt8] {
        [UInt8(value >> 24), UInt8(value >> 16 & 255), UInt8(value >> 8 & 255), UInt8(value & 255)]
    }
}

/// The checksum of PNG's chunks.
enum CRC32 {
    private static let table: [UInt32] = (0..<256).map { index in
        var value = UInt32(index)
        for _ in 0..<8 { value = value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
        return value
    }

    static func of(_ bytes: [UInt8]) -> UInt32 {
        var value: UInt32 = 0xFFFF_FFFF
        for byte in bytes { value = table[Int((value ^ UInt32(byte)) & 255)] ^ (value >> 8) }
        return value ^ 0xFFFF_FFFF
    }
}

/// Deflate with the fixed Huffman code and matches found by a hash of three bytes.
enum Deflate {
    static func zlib(_ bytes: [UInt8]) -> [UInt8] {
        var output = BitWriter()
        output.bytes = [0x78, 0x01]
        output.write(1, count: 1)
        output.write(1, count: 2)
        compress(bytes, into: &output)
        output.writeLiteral(256)
        output.flush()
        var low: UInt32 = 1
        var high: UInt32 = 0
        for byte in bytes {
            low = (low + UInt32(byte)) % 65521
            high = (high + low) % 65521
        }
        let sum = high << 16 | low
        output.bytes += [UInt8(sum >> 24), UInt8(sum >> 16 & 255), UInt8(sum >> 8 & 255), UInt8(sum & 255)]
        return output.bytes
    }

    private static func compress(_ bytes: [UInt8], into output: inout BitWriter) {
        var last = [Int32](repeating: -1, count: 1 << 14)
        var index = 0
        while index < bytes.count {
            var length = 0
            var distance = 0
            if index + 3 <= bytes.count {
                let key = UInt32(bytes[index]) | UInt32(bytes[index + 1]) << 8 | UInt32(bytes[index + 2]) << 16
                let slot = Int((key &* 0x9E37_79B1) >> 18)
                let candidate = Int(last[slot])
                last[slot] = Int32(index)
                if candidate >= 0, index - candidate <= 32768 {
                    let limit = min(258, bytes.count - index)
                    while length < limit, bytes[candidate + length] == bytes[index + length] { length += 1 }
                    distance = index - candidate
                }
            }
            if length >= 4 {
                output.writeMatch(length: length, distance: distance)
                index += length
            } else {
                output.writeLiteral(Int(bytes[index]))
                index += 1
            }
        }
    }
}

/// Writes deflate's bits: numbers from the lowest bit, codes from the highest.
private struct BitWriter {
    var bytes: [UInt8] = []
    private var buffer: UInt32 = 0
    private var count = 0

    mutating func write(_ value: Int, count bits: Int) {
        buffer |= UInt32(value) << UInt32(count)
        count += bits
        while count >= 8 {
            bytes.append(UInt8(buffer & 255))
            buffer >>= 8
            count -= 8
        }
    }

    mutating func flush() {
        if count > 0 { bytes.append(UInt8(buffer & 255)) }
        buffer = 0
        count = 0
    }

    private mutating func writeCode(_ code: Int, count: Int) {
        var reversed = 0
        for bit in 0..<count where code >> bit & 1 == 1 { reversed |= 1 << (count - 1 - bit) }
        write(reversed, count: count)
    }

    mutating func writeLiteral(_ symbol: Int) {
        switch symbol {
        case 0..<144: writeCode(0x30 + symbol, count: 8)
        case 144..<256: writeCode(0x190 + symbol - 144, count: 9)
        case 256..<280: writeCode(symbol - 256, count: 7)
        default: writeCode(0xC0 + symbol - 280, count: 8)
        }
    }

    private static let lengthBases = [
        3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227,
        258,
    ]
    private static let lengthBits = [
        0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
    ]
    private static let distanceBases = [
        1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097,
        6145, 8193, 12289, 16385, 24577,
    ]

    mutating func writeMatch(length: Int, distance: Int) {
        let lengthCode = Self.lengthBases.lastIndex { $0 <= length } ?? 0
        writeLiteral(257 + lengthCode)
        write(length - Self.lengthBases[lengthCode], count: Self.lengthBits[lengthCode])
        let distanceCode = Self.distanceBases.lastIndex { $0 <= distance } ?? 0
        writeCode(distanceCode, count: 5)
        write(distance - Self.distanceBases[distanceCode], count: max(0, distanceCode / 2 - 1))
    }
}

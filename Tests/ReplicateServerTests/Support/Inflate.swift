/// Decompresses what the server's own compressor writes: zlib with one block of fixed codes. Anything else is `nil`.
func inflate(_ bytes: [UInt8]) -> [UInt8]? {
    var bits = BitReader(bytes: bytes.dropFirst(2))
    guard bytes.count > 6, bytes[0] == 0x78, (Int(bytes[0]) << 8 + Int(bytes[1])) % 31 == 0 else { return nil }
    guard bits.read(1) == 1, bits.read(2) == 1 else { return nil }
    var output: [UInt8] = []
    while let symbol = bits.readSymbol() {
        switch symbol {
        case 0..<256: output.append(UInt8(symbol))
        case 256: return output
        default:
            guard let length = bits.read(lengths, symbol - 257), let code = bits.readReversed(5),
                let distance = bits.read(distances, code), distance <= output.count
            else { return nil }
            for _ in 0..<length { output.append(output[output.count - distance]) }
        }
    }
    return nil
}

/// The extra bits of the length codes, and of the distance codes; the bases follow from them.
private let lengths = Codes(first: 3, extras: (0..<28).map { $0 < 8 ? 0 : $0 / 4 - 1 }, last: 258)
private let distances = Codes(first: 1, extras: (0..<30).map { $0 < 4 ? 0 : $0 / 2 - 1 }, last: nil)

private struct Codes: Sendable {
    var bases: [Int] = []
    var extras: [Int]

    init(first: Int, extras: [Int], last: Int?) {
        self.extras = extras
        var base = first
        for extra in extras {
            bases.append(base)
            base += 1 << extra
        }
        if let last {
            bases.append(last)
            self.extras.append(0)
        }
    }
}

private struct BitReader {
    var bytes: ArraySlice<UInt8>
    var bit = 0

    mutating func read(_ count: Int) -> Int? {
        var value = 0
        for place in 0..<count {
            guard let byte = bytes.first else { return nil }
            value |= Int(byte >> UInt8(bit) & 1) << place
            bit += 1
            if bit == 8 {
                bit = 0
                bytes.removeFirst()
            }
        }
        return value
    }

    mutating func readReversed(_ count: Int) -> Int? {
        var value = 0
        for _ in 0..<count {
            guard let bit = read(1) else { return nil }
            value = value << 1 | bit
        }
        return value
    }

    mutating func read(_ codes: Codes, _ index: Int) -> Int? {
        guard codes.bases.indices.contains(index), let extra = read(codes.extras[index]) else { return nil }
        return codes.bases[index] + extra
    }

    mutating func readSymbol() -> Int? {
        guard var code = readReversed(7) else { return nil }
        if code < 24 { return 256 + code }
        guard let eighth = read(1) else { return nil }
        code = code << 1 | eighth
        if (0x30...0xBF).contains(code) { return code - 0x30 }
        if (0xC0...0xC7).contains(code) { return 280 + code - 0xC0 }
        guard let ninth = read(1) else { return nil }
        return 144 + (code << 1 | ninth) - 0x190
    }
}
